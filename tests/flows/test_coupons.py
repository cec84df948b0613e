"""A coupon is the buyer's at once, is taken once, and costs nobody anything once it has expired."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.vocabulary import Action, Party, Step
from service.domain.postings import farmer_held
from service.flows.answer_once import Answered, Refusal, Request
from service.flows.issue_coupon import Gift, issue_coupon
from service.flows.redeem_coupon import redeem_coupon, restore_coupon
from service.store import audit
from service.wiring.parts import Parts
from tests.builders import BUYER, FARMER, BankAtHand, Season, newer, order, scan
from tests.conftest import do_all_work
from tests.coupon_policy import paying_in_coupons
from tests.flows.test_races import at_once

HELD = farmer_held(FARMER)


@pytest.fixture
def parts(parts: Parts) -> Parts:
    """A missed shipping deadline is compensated by a coupon here."""
    return paying_in_coupons(parts)


@pytest.fixture(autouse=True)
def every_promise_is_kept(season: Season) -> Iterator[None]:
    """Whatever the test did, the audit finds nothing."""
    yield
    do_all_work(season.parts)
    with season.parts.db.autocommit() as conn:
        assert audit.broken_promises(conn) == []


def issued(season: Season, **changes: Any) -> str:
    """Let an order miss its deadline and return the coupon that follows."""
    season.put(order(**changes))
    do_all_work(season.parts)
    [row] = season.rows("SELECT coupon_id FROM coupons")
    return str(row["coupon_id"])


def request(season: Season, key: str = "") -> Request:
    return Request(season.app, key or secrets.token_hex(8), b"s" * 32)


def redeem(season: Season, coupon_id: str, order_id: str = "next-1", buyer_id: str = BUYER) -> Answered | Refusal:
    return redeem_coupon(season.parts.db, request(season), coupon_id, order_id, buyer_id)


def restore(season: Season, coupon_id: str, order_id: str = "next-1") -> Answered | Refusal:
    return restore_coupon(season.parts.db, request(season), coupon_id, order_id)


def give(season: Season, amount: int = 800, order_id: str | None = None) -> Answered | Refusal:
    gift = Gift(BUYER, amount, "CNY", "waited too long for an answer", order_id)
    return issue_coupon(season.parts.db, season.parts.library, request(season), gift, datetime.now(UTC))


def code(answer: Answered | Refusal) -> str:
    return answer.code if isinstance(answer, Refusal) else str(answer.body["status"])


def let_its_day_pass(season: Season, coupon_id: str) -> None:
    season.rows(
        "UPDATE coupons SET issued_at = issued_at - interval '31 days', valid_until = valid_until - interval '31 days' "
        "WHERE coupon_id = %s",
        coupon_id,
    )
    season.hasten()
    do_all_work(season.parts)


def test_a_compensation_by_coupon_asks_no_bank_and_settles_the_claim_at_once(season: Season, bank: BankAtHand) -> None:
    coupon_id = issued(season)

    [claim] = season.rows("SELECT claim_id, status, refund_status, refunded_at, granted, resolution FROM claims")
    assert bank.effects() == []
    assert claim.pop("refunded_at") is not None
    claim_id = claim.pop("claim_id")
    assert claim == {
        "status": "approved",
        "refund_status": "succeeded",
        "granted": 300,
        "resolution": "compensation",
    }
    assert [coupon["id"] for coupon in season.read(claim_id)["coupons"]] == [coupon_id]
    assert (season.balance("coupons_due"), season.balance("advances"), season.balance(HELD)) == (300, 0, 1690)
    with season.parts.db.autocommit() as conn:
        assert audit.unsettled(conn, [claim_id]) == []


def test_ever_later_is_another_coupon_over_the_difference(season: Season) -> None:
    issued(season, paid_hours_ago=50)
    season.rows("UPDATE orders SET paid_at = paid_at - interval '23 hours'")
    for _ in range(2):
        season.hasten()
        do_all_work(season.parts)

    assert season.rows("SELECT amount, status FROM coupons ORDER BY coupon_id") == [
        {"amount": 300, "status": "issued"},
        {"amount": 200, "status": "issued"},
    ]
    assert season.balance(HELD) == 1990 - 500


def test_a_coupon_is_taken_whole_by_one_order_which_may_ask_again(season: Season) -> None:
    coupon_id = issued(season)

    answers = [code(redeem(season, coupon_id, order_id)) for order_id in ("next-1", "next-1", "next-2")]

    assert answers == ["redeemed", "redeemed", "coupon_redeemed"]
    assert (season.balance("coupons_due"), season.balance("order_service")) == (0, 300)
    assert season.rows("SELECT redeemed_by, times_redeemed FROM coupons") == [
        {"redeemed_by": "next-1", "times_redeemed": 1}
    ]


def test_a_refusal_names_the_order_that_took_it(season: Season) -> None:
    coupon_id = issued(season)
    redeem(season, coupon_id, "next-1")

    refusal = redeem(season, coupon_id, "next-2")

    assert isinstance(refusal, Refusal)
    assert "order next-1 took it at" in refusal.detail


def test_fifty_orders_at_once_take_a_coupon_once(season: Season) -> None:
    coupon_id = issued(season)

    answers = at_once([lambda n=n: redeem(season, coupon_id, f"next-{n}") for n in range(50)])  # type: ignore[misc]

    assert sorted(code(answer) for answer in answers) == ["coupon_redeemed"] * 49 + ["redeemed"]
    assert season.balance("order_service") == 300


def test_nobody_else_can_take_it_whatever_the_caller_says(season: Season) -> None:
    coupon_id = issued(season)
    season.put(order("others", paid_hours_ago=1, buyer_id="buyer-wang"))

    assert code(redeem(season, coupon_id, "next-1", "buyer-wang")) == "buyer_differs"
    assert code(redeem(season, coupon_id, "others", BUYER)) == "buyer_differs"
    assert code(redeem(season, "cpn_none")) == "coupon_unknown"


def test_it_counts_in_its_own_currency_alone(season: Season) -> None:
    coupon_id = issued(season)
    season.put(order("abroad", paid_hours_ago=1, currency="USD"))

    assert code(redeem(season, coupon_id, "abroad")) == "currency_differs"


def test_a_cancelled_order_gives_it_back_and_another_can_take_it(season: Season) -> None:
    coupon_id = issued(season)
    redeem(season, coupon_id, "next-1")

    given_back = restore(season, coupon_id, "next-1")

    assert code(given_back) == "issued"
    assert code(restore(season, coupon_id, "next-1")) == "coupon_not_redeemed"
    assert code(redeem(season, coupon_id, "next-2")) == "redeemed"
    assert code(restore(season, coupon_id, "next-1")) == "coupon_not_redeemed"
    assert (season.balance("coupons_due"), season.balance("order_service")) == (0, 300)


def test_one_that_is_given_back_after_its_day_ends(season: Season) -> None:
    coupon_id = issued(season)
    redeem(season, coupon_id)
    let_its_day_pass(season, coupon_id)
    assert season.rows("SELECT status FROM coupons") == [{"status": "redeemed"}]

    restore(season, coupon_id)
    do_all_work(season.parts)

    assert season.rows("SELECT status FROM coupons") == [{"status": "expired"}]


def test_what_nobody_took_goes_back_to_the_farmer_who_bore_it(season: Season) -> None:
    coupon_id = issued(season)
    charged = season.balance(HELD)
    let_its_day_pass(season, coupon_id)

    assert (charged, season.balance(HELD)) == (1690, 1990)
    assert (season.balance("coupons_due"), season.balance("advances")) == (0, 0)
    refusal = redeem(season, coupon_id)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, "expired at" in refusal.detail) == ("coupon_expired", True)
    [claim] = season.rows("SELECT claim_id, granted, status FROM claims")
    assert (claim["granted"], claim["status"]) == (300, "approved")
    [share] = season.read(claim["claim_id"])["liability"]
    assert (share["party"], share["amount"]) == ("farmer", 0)


def test_a_share_of_nothing_is_told_to_nobody(season: Season) -> None:
    coupon_id = issued(season)
    let_its_day_pass(season, coupon_id)

    told = "SELECT type, data -> 'amount' ->> 'amount' AS amount FROM events WHERE type LIKE %s ORDER BY event_id"
    assert season.rows(told, "charge.%") == [
        {"type": "charge.posted", "amount": "300"},
        {"type": "charge.reversed", "amount": "300"},
    ]


def test_only_the_coupon_that_expired_is_given_back(season: Season) -> None:
    first = issued(season, paid_hours_ago=50)
    season.rows("UPDATE orders SET paid_at = paid_at - interval '23 hours'")
    season.hasten()
    do_all_work(season.parts)
    redeem(season, first)
    [second] = season.rows("SELECT coupon_id FROM coupons WHERE amount = 200")
    let_its_day_pass(season, second["coupon_id"])

    assert season.balance(HELD) == 1990 - 300


def test_a_day_that_is_still_to_come_is_waited_for(season: Season) -> None:
    issued(season)
    season.hasten()
    do_all_work(season.parts)

    assert season.rows("SELECT status FROM coupons") == [{"status": "issued"}]
    assert season.rows("SELECT due_at = valid_until AS waits FROM work JOIN coupons ON coupon_id = subject_id") == [
        {"waits": True}
    ]


def test_a_decision_that_is_reversed_takes_no_coupon_back(season: Season) -> None:
    issued(season)
    [claim] = season.rows("SELECT claim_id FROM claims")
    season.act(claim["claim_id"], Party.FARMER, Action.APPEAL, reason="shipped in time")
    season.act(claim["claim_id"], Party.PLATFORM, Action.APPROVE, amount=0, reason="it was in time")
    do_all_work(season.parts)

    assert season.rows("SELECT status, amount FROM coupons") == [{"status": "issued", "amount": 300}]
    assert (season.balance(HELD), season.balance("platform_goodwill")) == (1990, -300)


def test_a_late_scan_moves_the_charge_and_not_the_coupon(season: Season) -> None:
    coupon_id = issued(season)
    season.hear(scan("order-1", Step.PICKED_UP, 30), scan("order-1", Step.DEPARTED, 20))
    do_all_work(season.parts)
    assert (season.balance(HELD), season.balance("platform_goodwill")) == (1990, -300)

    let_its_day_pass(season, coupon_id)
    assert season.balance("platform_goodwill") == 0


def test_one_given_by_hand_is_the_platforms_from_first_to_last(season: Season) -> None:
    season.put(newer(order(paid_hours_ago=1)))
    given = give(season, order_id="order-1")
    assert isinstance(given, Answered)
    assert (season.balance("platform_goodwill"), season.balance("coupons_due")) == (-800, 800)

    let_its_day_pass(season, given.body["coupon_id"])

    assert (season.balance("platform_goodwill"), season.balance("coupons_due")) == (0, 0)
    assert code(give(season, order_id="order-x")) == "order_unknown"
