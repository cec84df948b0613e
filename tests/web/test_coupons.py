"""Coupons at the HTTP door: given, taken and given back by the order service, shown to those whose claim it was."""

from typing import Any

import pytest

from service.flows.admit_client import admit_client
from service.wiring.parts import Parts
from tests.coupon_policy import paying_in_coupons
from tests.stories.market import Market, cny
from tests.web.conftest import fields, problem

Json = dict[str, Any]


@pytest.fixture
def parts(parts: Parts) -> Parts:
    """A missed shipping deadline is compensated by a coupon here."""
    return paying_in_coupons(parts)


def issued(market: Market) -> Json:
    """Let an order miss its deadline and return the coupon that its buyer gets, in the only app that there is."""
    market.call("app", "GET", "/v1/coupons")
    order_id = market.order(hours=60)
    market.work()
    [coupon] = market.call("app", "GET", f"/v1/coupons?buyer_id=buyer-{order_id}&status=issued").get_json()["data"]
    return dict(coupon)


def gift(**changes: Any) -> Json:
    return {"buyer_id": "buyer-li", "amount": cny(500), "reason": "two days without an answer"} | changes


def redemption(coupon: Json, order_id: str = "next-1") -> Json:
    return {"order_id": order_id, "buyer_id": coupon["buyer_id"]}


def act(market: Market, coupon: Json, what: str, body: Json, **headers: str) -> Any:
    return market.call("orders", "POST", f"/v1/coupons/{coupon['id']}/{what}", body, **headers)


def test_a_missed_deadline_is_a_coupon_with_its_reason_and_its_day(market: Market) -> None:
    coupon = issued(market)

    assert (coupon["amount"], coupon["status"]) == (cny(300), "issued")
    assert coupon["because"].startswith("48小时发货: flat 3.00 CNY")
    claim = market.read(coupon["claim_id"])
    assert claim["coupons"] == [
        {"id": coupon["id"], "amount": cny(300), "valid_until": coupon["valid_until"]},
    ]
    assert claim["refund_status"] == "succeeded"
    assert market.call("app", "GET", f"/v1/coupons/{coupon['id']}").get_json() == coupon


def test_it_is_redeemed_once_and_the_same_order_gets_the_same_answer_under_any_key(market: Market) -> None:
    coupon = issued(market)

    first = act(market, coupon, "redeem", redemption(coupon), Idempotency_Key="k1")
    replay = act(market, coupon, "redeem", redemption(coupon), Idempotency_Key="k1")
    again = act(market, coupon, "redeem", redemption(coupon))
    other = act(market, coupon, "redeem", redemption(coupon, "next-2"))

    assert first.get_json()["redeemed_by"] == "next-1"
    assert (replay.data, replay.headers["Idempotent-Replayed"]) == (first.data, "true")
    assert (again.status_code, again.get_json()) == (200, first.get_json())
    assert "next-1" in problem(other, 409, "coupon_redeemed")["detail"]


def test_one_given_by_hand_can_be_ended_and_its_cost_comes_back(market: Market) -> None:
    coupon = market.call("orders", "POST", "/v1/coupons", gift()).get_json()

    ended = act(market, coupon, "expire", {"reason": "given twice by mistake"}).get_json()
    again = act(market, coupon, "expire", {"reason": "given twice by mistake"})
    market.work()

    assert (ended["status"], ended["because"]) == (
        "expired",
        "two days without an answer; ended: given twice by mistake",
    )
    assert (again.status_code, again.get_json()) == (200, ended)
    late = act(market, coupon, "redeem", redemption(coupon))
    assert problem(late, 409, "coupon_expired")
    assert market.sql("SELECT sum(amount)::int AS due FROM entries WHERE account = 'coupons_due'") == [{"due": 0}]
    assert market.drift() == 0


def test_one_that_a_claim_granted_is_its_buyers_until_its_day(market: Market) -> None:
    coupon = issued(market)

    kept = act(market, coupon, "expire", {"reason": "too generous"})
    act(market, coupon, "redeem", redemption(coupon))
    taken = act(market, coupon, "expire", {"reason": "too generous"})

    assert coupon["claim_id"] in problem(kept, 409, "coupon_granted")["detail"]
    assert "next-1" in problem(taken, 409, "coupon_redeemed")["detail"]
    problem(act(market, {"id": "cpn_none"}, "expire", {"reason": "none"}), 404, "coupon_unknown")


def test_a_cancelled_order_gives_it_back(market: Market) -> None:
    coupon = issued(market)
    act(market, coupon, "redeem", redemption(coupon))

    given_back = act(market, coupon, "restore", {"order_id": "next-1"})

    assert given_back.get_json() == coupon
    problem(act(market, coupon, "restore", {"order_id": "next-1"}), 409, "coupon_not_redeemed")


def test_every_refusal_says_what_to_do(market: Market) -> None:
    coupon = issued(market)
    market.sql("UPDATE coupons SET issued_at = now() - interval '2 days', valid_until = now() - interval '1 day'")

    problem(act(market, coupon, "redeem", redemption(coupon)), 409, "coupon_expired")
    problem(act(market, {"id": "cpn_none"}, "redeem", redemption(coupon)), 404, "coupon_unknown")
    stranger = act(market, coupon, "redeem", redemption(coupon) | {"buyer_id": "buyer-wang"})
    assert fields(problem(stranger, 422, "buyer_differs")) == ["buyer_id"]
    assert fields(problem(act(market, coupon, "redeem", {}), 422, "request_invalid")) == ["order_id", "buyer_id"]
    problem(market.call("orders", "GET", "/v1/coupons/cpn_none"), 404, "not_found")


def test_the_order_service_gives_one_by_hand_at_the_platforms_cost(market: Market) -> None:
    given = market.call("orders", "POST", "/v1/coupons", gift())

    coupon = given.get_json()
    assert (given.status_code, given.headers["Location"]) == (201, f"/v1/coupons/{coupon['id']}")
    assert (coupon["claim_id"], coupon["amount"], coupon["because"]) == (None, cny(500), gift()["reason"])
    assert market.sql("SELECT account, amount FROM entries ORDER BY amount") == [
        {"account": "platform_goodwill", "amount": -500},
        {"account": "coupons_due", "amount": 500},
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": cny(0)}, "amount.amount"),
        ({"amount": 500}, "amount"),
        ({"reason": ""}, "reason"),
        ({"buyer_id": " "}, "buyer_id"),
        ({"bearer": "farmer"}, "bearer"),
    ],
)
def test_what_cannot_be_given_changes_nothing(market: Market, wrong: Json, field: str) -> None:
    refused = market.call("orders", "POST", "/v1/coupons", gift(**wrong))

    assert fields(problem(refused, 422, "request_invalid")) == [field]
    assert market.sql("SELECT FROM coupons") == []


def test_a_gift_names_a_known_order_of_its_buyer(market: Market) -> None:
    order_id = market.order(hours=1)

    problem(market.call("orders", "POST", "/v1/coupons", gift(order_id="order-x")), 404, "order_unknown")
    problem(market.call("orders", "POST", "/v1/coupons", gift(order_id=order_id)), 422, "buyer_differs")


def test_an_app_sees_the_coupons_of_the_claims_that_it_sees_and_no_other(market: Market, parts: Parts) -> None:
    coupon = issued(market)
    by_hand = market.call("orders", "POST", "/v1/coupons", gift()).get_json()
    other = admit_client(parts.db, "other", "app", "0123456789abcdef0123456789abcdef").token
    market.tokens["other"] = other

    def seen(role: str) -> list[str]:
        return [one["id"] for one in market.call(role, "GET", "/v1/coupons").get_json()["data"]]

    assert seen("app") == [coupon["id"]]
    assert seen("other") == []
    problem(market.call("other", "GET", f"/v1/coupons/{coupon['id']}"), 404, "not_found")
    for role in ("orders", "reviewer", "operator"):
        assert seen(role) == [by_hand["id"], coupon["id"]]


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("farmer-1", "GET", "/v1/coupons"),
        ("app", "POST", "/v1/coupons"),
        ("app", "POST", "/v1/coupons/c/redeem"),
        ("reviewer", "POST", "/v1/coupons/c/redeem"),
        ("reviewer", "POST", "/v1/coupons/c/restore"),
    ],
)
def test_a_role_keeps_to_its_own_calls(market: Market, role: str, method: str, path: str) -> None:
    problem(market.call(role, method, path, {}), 403, "scope_missing")


def test_a_list_goes_on_where_it_stopped(market: Market) -> None:
    given = [market.call("orders", "POST", "/v1/coupons", gift()).get_json()["id"] for _ in range(3)]

    first = market.call("orders", "GET", "/v1/coupons?limit=2").get_json()
    rest = market.call("orders", "GET", f"/v1/coupons?limit=2&cursor={first['next_cursor']}").get_json()

    assert [one["id"] for one in first["data"] + rest["data"]] == sorted(given, reverse=True)
    assert (first["has_more"], rest["has_more"]) == (True, False)
