"""Requests that no well-behaved client would send get a problem, never a crash."""

import json
from typing import Any

import pytest

from tests.stories.market import Market
from tests.web.bodies import a_claim, an_order
from tests.web.conftest import Send, fields, problem

JSON = {"Content_Type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\x00"}',
        b"\xff\xfe{",
        b'{"a": "\xed\xa0\x80"}',
        b"[" * 100_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
    ],
)
def test_what_is_no_json_is_malformed(send: Send, body: bytes) -> None:
    problem(send("orders", "PUT", "/v1/orders/o1", body, **JSON), 400, "json_malformed")
    problem(send("app", "POST", "/v1/claims", body, **JSON), 400, "json_malformed")


@pytest.mark.parametrize("body", [b"null", b"[]", b'"text"', b"17", b"true"])
def test_json_that_is_no_object_is_refused(send: Send, body: bytes) -> None:
    problem(send("orders", "PUT", "/v1/orders/o1", body, **JSON), 422, "request_invalid")
    problem(send("app", "POST", "/v1/claims", body, **JSON), 422, "request_invalid")


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "\\udfff"])
def test_characters_that_cannot_be_stored_are_refused_wherever_they_stand(send: Send, escape: str) -> None:
    order = json.dumps(an_order(campaign="X")).replace('"X"', f'{{"deep": ["{escape}"]}}')
    named = json.dumps(an_order()).replace("campaign", f"cam{escape}")
    claim = json.dumps(a_claim("o1", note="X")).replace('"X"', f'"{escape}"')

    deep = problem(send("orders", "PUT", "/v1/orders/o1", order, **JSON), 422, "request_invalid")
    problem(send("orders", "PUT", "/v1/orders/o1", named, **JSON), 422, "request_invalid")
    problem(send("app", "POST", "/v1/claims", claim, **JSON), 422, "request_invalid")

    assert fields(deep) == ["campaign.deep.0"]


@pytest.mark.parametrize("said", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_json_under_another_name_is_unsupported(send: Send, said: str) -> None:
    problem(send("app", "POST", "/v1/claims", b"{}", Content_Type=said), 415, "media_type_unsupported")
    problem(send("orders", "PUT", "/v1/orders/o1", b"{}", Content_Type=said), 415, "media_type_unsupported")


def test_a_json_body_over_one_mebibyte_is_too_large(market: Market, send: Send) -> None:
    problem(send("orders", "PUT", "/v1/orders/o1", b" " * (1 << 20 | 1), **JSON), 413, "body_too_large")
    problem(send("app", "POST", "/v1/claims", b" " * (1 << 20 | 1), **JSON), 413, "body_too_large")
    problem(send("orders", "POST", "/v1/tracking", b" " * (8 << 20 | 1), **JSON), 413, "body_too_large")


def test_an_order_may_carry_a_huge_number_that_no_rule_reads(market: Market) -> None:
    assert market.call("orders", "PUT", "/v1/orders/o1", an_order(campaign=10**400)).status_code == 201


@pytest.mark.parametrize("path", ["/v1/claims/a%00b", "/v1/orders/%00", "/v1/evidence/%00", "/v1/farmers/%00/balance"])
def test_a_path_that_cannot_be_stored_is_not_found(market: Market, path: str) -> None:
    answers = [market.call(role, "GET", path).status_code for role in ("reviewer", "operator", "orders")]

    assert set(answers) <= {403, 404}
    assert 404 in answers


@pytest.mark.parametrize("work_id", [2**63, 10**30])
def test_an_id_beyond_what_the_database_counts_is_not_found(market: Market, work_id: int) -> None:
    problem(market.call("operator", "POST", f"/v1/parked-work/{work_id}/retry"), 404, "not_found")


def test_addresses_and_methods_that_do_not_exist_are_problems_too(market: Market) -> None:
    problem(market.http.get("/v1/nothing"), 404, "not_found")
    wrong = market.http.delete("/v1/claims")
    problem(wrong, 405, "method_not_allowed")
    assert "POST" in wrong.headers["Allow"]


def test_many_errors_are_listed_at_most_a_hundred_and_counted(market: Market) -> None:
    events: list[Any] = [{} for _ in range(200)]
    refused = problem(market.call("orders", "POST", "/v1/tracking", {"events": events}), 422, "request_invalid")

    assert len(refused["errors"]) == 100
    assert "(and 799 more)" in refused["detail"]
