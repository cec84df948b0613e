"""The HTTP door on this test's own database, called as outsiders call it."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from service.wiring.parts import Parts
from tests.stories.market import Market, open_market

Send = Callable[..., TestResponse]


@pytest.fixture
def market(parts: Parts) -> Market:
    """Callers in every role."""
    return open_market(parts)


@pytest.fixture
def send(market: Market) -> Send:
    """Sends a body just as it is; for what no well-behaved client would send."""

    def sent(role: str, method: str, path: str, data: Any = None, **headers: str) -> TestResponse:
        said = {"Authorization": f"Bearer {market._token(role)}", "Idempotency-Key": secrets.token_hex(8)}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        return market.http.open(path, method=method, data=data, headers=said)

    return sent


def problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is this problem, in full form, and return it."""
    assert answer.content_type == "application/problem+json", answer.get_data(as_text=True)
    body = dict(answer.get_json())
    assert (answer.status_code, body["code"]) == (status, code), body
    assert body.keys() == {"type", "title", "status", "detail", "code", "errors"}
    assert (body["status"], body["type"]) == (status, f"/v1/problems/{code}")
    assert body["detail"]
    return body


def fields(body: dict[str, Any]) -> list[str]:
    """The fields that a problem names."""
    return [error["field"] for error in body["errors"]]
