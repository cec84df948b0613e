"""One request, one answer for ever."""

from typing import Any

import pytest

from service.store import idempotency
from tests.stories.market import Market
from tests.web.bodies import a_claim
from tests.web.conftest import problem


def post(market: Market, body: Any, key: str, role: str = "app") -> Any:
    return market.call(role, "POST", "/v1/claims", body, Idempotency_Key=key)


def test_a_replay_is_the_first_answer_byte_for_byte_whatever_happened_since(market: Market) -> None:
    body = a_claim(market.order(hours=50), evidence=[market.photo()])
    first = post(market, body, "k1")
    market.work()

    again = post(market, body, "k1")

    assert (again.status_code, again.data, again.headers["ETag"]) == (201, first.data, '"1"')
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert market.sql("SELECT count(*) AS claims FROM claims WHERE opened_by = 'buyer'") == [{"claims": 1}]


def test_a_key_used_for_another_request_is_refused(market: Market) -> None:
    order_id = market.order()
    post(market, a_claim(order_id), "k1")

    problem(post(market, a_claim(order_id, note="more"), "k1"), 422, "idempotency_key_reused")


def test_a_key_belongs_to_its_client(market: Market) -> None:
    body = a_claim(market.order())
    post(market, body, "k1")
    other = market.call("operator", "POST", "/v1/payouts", Idempotency_Key="k1")

    assert (other.status_code, other.get_json()) == (201, {"payouts": []})


def test_a_request_under_way_is_told_apart_from_one_that_is_done(market: Market) -> None:
    body = a_claim(market.order())
    market.call("app", "GET", "/v1/claims")
    [app] = market.sql("SELECT client_id FROM clients WHERE name = 'app'")

    with market.parts.db.transaction() as conn:
        assert idempotency.alone(conn, app["client_id"], "k1")
        refused = post(market, body, "k1")

    problem(refused, 409, "idempotency_key_in_flight")
    assert refused.headers["Retry-After"] == "1"
    assert post(market, body, "k1").status_code == 201


def test_a_refusal_is_not_kept_so_the_mended_world_answers_anew(market: Market) -> None:
    body = a_claim("later")
    problem(post(market, body, "k1"), 404, "order_unknown")
    order_id = market.order()

    assert post(market, body | {"order_id": order_id}, "k1").status_code == 201


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("app", "/v1/claims"),
        ("app", "/v1/evidence?kind=goods"),
        ("app", "/v1/claims/clm_1/cancel"),
        ("farmer-1", "/v1/claims/clm_1/respond"),
        ("reviewer", "/v1/claims/clm_1/reject"),
        ("operator", "/v1/payouts"),
        ("operator", "/v1/parked-work/1/retry"),
    ],
)
def test_whatever_creates_or_moves_something_needs_a_key(market: Market, role: str, path: str) -> None:
    body = {"answer": "agree"} if "respond" in path else {"reason": "r"} if "clm" in path else a_claim("any")
    token = {"Authorization": f"Bearer {market._token(role)}"}
    if "evidence" in path:
        sent = market.http.post(path, data=b"photo", headers=token | {"Content-Type": "image/jpeg"})
    else:
        sent = market.http.post(path, json=body, headers=token)

    problem(sent, 400, "idempotency_key_missing")
    problem(market.call(role, "POST", path, body, Idempotency_Key=" "), *missing_or_unsupported(path))


def test_a_key_of_255_characters_is_taken_and_a_longer_one_is_not(market: Market) -> None:
    body = a_claim(market.order())

    assert post(market, body, "k" * 255).status_code == 201
    problem(post(market, body, "k" * 256), 400, "idempotency_key_too_long")


def missing_or_unsupported(path: str) -> tuple[int, str]:
    """JSON is no photo, which is found first."""
    return (415, "media_type_unsupported") if "evidence" in path else (400, "idempotency_key_missing")
