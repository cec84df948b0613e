"""Where no person ruled, weakly signed words alone move no large charge, also of a parcel that nobody confirmed."""

import pytest
from structlog.testing import capture_logs

from service.flows.run_work import run_due
from service.queues import Kind
from service.wiring.parts import Parts
from service.wiring.steps import steps_of
from tests.carriers.conftest import Carriers
from tests.carriers.providers import sf
from tests.coupon_policy import paying_in_coupons
from tests.stories.market import Market

MUCH = (("strawberry", 100_000),)
"""An order whose compensation for late shipping is 10 CNY, and 100 CNY once it is severely late."""
WAYBILLS = [{"carrier": "SF", "number": "SF1"}]


@pytest.fixture
def parts(parts: Parts) -> Parts:
    """A missed shipping deadline is compensated by a coupon here."""
    return paying_in_coupons(parts)


def borne(market: Market, order_id: str) -> list[tuple[str, int]]:
    """Who bears how much."""
    charges = "SELECT party, amount FROM charges WHERE order_id = %s AND reversed_at IS NULL ORDER BY charge_id"
    return [(row["party"], row["amount"]) for row in market.sql(charges, order_id)]


def test_a_coupon_that_expires_lets_no_weak_word_move_the_rest_of_its_charge(
    carriers: Carriers, market: Market
) -> None:
    order_id = market.order(hours=60, lines=MUCH, waybills=WAYBILLS)
    market.work()
    market.sql("UPDATE orders SET paid_at = paid_at - interval '80 hours'")
    market.sql("UPDATE work SET due_at = now() WHERE kind IN ('check_shipping', 'decide_claim')")
    market.work()
    assert [row["amount"] for row in market.sql("SELECT amount FROM coupons ORDER BY coupon_id")] == [1000, 9000]
    carriers.told("sf", sf("SF1", (135, "50"), (100, "36"), (80, "80")))
    before = borne(market, order_id)
    market.sql(
        "UPDATE coupons SET issued_at = issued_at - interval '31 days', valid_until = valid_until - interval '31 days'"
        " WHERE amount = 1000"
    )
    market.sql("UPDATE work SET due_at = now() WHERE kind = 'expire_coupon'")
    market.work()

    assert (before, borne(market, order_id)) == ([("farmer", 10_000)], [("farmer", 9_000)])


def test_a_first_share_that_the_service_granted_itself_follows_no_weak_word(carriers: Carriers, market: Market) -> None:
    order_id = market.order(hours=140, lines=MUCH, waybills=WAYBILLS)
    market.sql("UPDATE work SET due_at = now()")
    for kind in (Kind.CHECK_SHIPPING, Kind.DECIDE_CLAIM):
        run_due(market.parts.db, kind, steps_of(market.parts)[kind])
    market.sql("UPDATE work SET due_at = now() + interval '1 hour' WHERE kind = 'attribute_claim'")
    pushed = carriers.push("sf", sf("SF1", (135, "50"), (100, "36"), (80, "80")))
    run_due(market.parts.db, Kind.READ_PAYLOAD, steps_of(market.parts)[Kind.READ_PAYLOAD])
    assert (pushed.status_code, borne(market, order_id)) == (200, [])
    market.sql("UPDATE work SET due_at = now() WHERE kind = 'attribute_claim'")
    market.work()

    assert borne(market, order_id) == [("farmer", 10_000)]


def test_a_charge_that_is_not_confirmed_is_logged_with_its_claim(carriers: Carriers, market: Market) -> None:
    order_id = market.order(hours=140, lines=MUCH, waybills=WAYBILLS)
    market.work()
    with capture_logs() as lines:
        carriers.told("sf", sf("SF1", (135, "50"), (100, "36"), (80, "80")))

    told = {"claim_id": market.only_claim_of(order_id)["id"], "request_id": None, "order_id": order_id}
    assert [line for line in lines if line["event"] == "charge_unconfirmed"] == [
        {"event": "charge_unconfirmed", "log_level": "info", **told}
    ]
