"""When a part of the service is away, the door says so and nothing is half done."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from werkzeug.test import TestResponse

from service.evidence.photos import open_photo_store
from service.store.database import Database
from service.web.access import open_to_all
from service.web.app import create_app
from service.wiring.parts import Parts
from tests.builders import photo_bytes
from tests.stories.market import Market
from tests.web.conftest import problem

AWAY = "postgresql://nobody@127.0.0.1:9/none"


def test_a_database_that_is_away_is_503_with_the_time_to_come_back(parts: Parts) -> None:
    away = Database(AWAY, wait_seconds=0.2).open()
    http = create_app(replace(parts, db=away), lambda kinds: None).test_client()

    answer, ready, alive = (
        http.get(path, headers={"Authorization": "Bearer t"}) for path in ("/v1/claims", "/readyz", "/healthz")
    )

    away.close()
    problem(answer, 503, "database_unavailable")
    assert answer.headers["Retry-After"]
    assert (ready.status_code, ready.get_json()["reasons"]) == (503, ["database: not reachable"])
    assert alive.status_code == 200


def test_a_photo_store_that_cannot_write_is_503_and_no_row_is_left(market: Market, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    broken = replace(market.parts, photos=open_photo_store((tmp_path / "file" / "photos").as_uri()))

    problem(upload(broken, market, photo_bytes()), 503, "photo_store_unavailable")
    assert market.sql("SELECT count(*) AS photos FROM evidence") == [{"photos": 0}]


def test_a_photo_store_without_room_is_507(market: Market) -> None:
    with room_for(1 << 20):
        answer = upload(market.parts, market, photo_bytes() + bytes(2 << 20))

    problem(answer, 507, "photo_store_full")


def test_what_nobody_foresaw_is_500_without_a_trace_and_with_its_id(parts: Parts) -> None:
    app = create_app(parts, lambda kinds: None)
    app.add_url_rule("/v1/broken", view_func=broken_view)

    answer = app.test_client().get("/v1/broken", headers={"X-Request-Id": "req-7"})

    body = problem(answer, 500, "internal_error")
    assert "Traceback" not in str(body)
    assert "pear" not in str(body)
    assert answer.headers["X-Request-Id"] == "req-7"


@open_to_all
def broken_view() -> str:
    raise KeyError("a secret pear")


def upload(parts: Parts, market: Market, data: bytes) -> TestResponse:
    http = create_app(parts, lambda kinds: None).test_client()
    token = {"Authorization": f"Bearer {market._token('app')}", "Idempotency-Key": "k", "Content-Type": "image/jpeg"}
    return http.post("/v1/evidence?kind=goods", data=data, headers=token)


@contextmanager
def room_for(file_bytes: int) -> Iterator[None]:
    """Let this process write no larger file for a while."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
