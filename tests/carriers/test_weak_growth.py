"""A compensation that grows by weakly signed tracking waits for the provider's word; what was granted stands."""

import pytest

from tests.carriers.conftest import Carriers
from tests.carriers.desks import QueryDesk
from tests.carriers.test_weak_money import because, standing
from tests.stories.market import Json, Market

MUCH = (("strawberry", 100_000),)
"""An order whose compensation for late shipping is 10 CNY, and 100 CNY once it is severely late."""
WANTED = "SELECT number FROM questions WHERE wanted_at IS NOT NULL"


@pytest.fixture
def grown(asking: Carriers, market: Market, desk: QueryDesk) -> Json:
    """The claim of a parcel that its provider, which does not answer, pushes as first scanned 90 hours after payment.

    It was granted 10 CNY while nothing was known of the parcel.
    """
    desk.fault = "500"
    order_id = market.order(hours=60, lines=MUCH, waybills=[{"carrier": "SF", "number": "SF1"}])
    market.work()
    market.sql("UPDATE orders SET paid_at = paid_at - interval '80 hours'")
    asking.told(desk.provider, desk.push("SF1", *desk.journey))
    return market.only_claim_of(order_id)


def again(market: Market, claim_id: str) -> Json:
    """The claim once its step that waits is done."""
    market.sql("UPDATE work SET due_at = now() WHERE kind IN ('decide_claim', 'ask_carrier')")
    market.sql("UPDATE questions SET asked_at = asked_at - interval '1 hour'")
    return market.settle(claim_id)


def amount(claim: Json) -> int:
    """What was granted, in fen."""
    return int(claim["approved_amount"]["amount"])


def test_while_the_provider_is_asked_the_grant_stands(grown: Json, market: Market, desk: QueryDesk) -> None:
    assert (grown["status"], amount(grown), len(desk.asked)) == ("approved", 1000, 1)
    assert len(market.sql(WANTED)) == 1
    [step] = market.sql("SELECT due_at > now() AS later FROM work WHERE kind = 'decide_claim'")
    assert step["later"]


def test_an_answer_that_confirms_pays_the_difference(grown: Json, market: Market, desk: QueryDesk) -> None:
    desk.fault, desk.known["SF1"] = "", desk.journey

    claim = again(market, grown["id"])

    assert (claim["status"], amount(claim)) == ("approved", 10_000)
    assert [row["amount"] for row in market.sql("SELECT amount FROM refunds ORDER BY refund_id")] == [1000, 9000]


def test_an_answer_that_does_not_confirm_gives_the_difference_to_a_person(
    grown: Json, market: Market, desk: QueryDesk
) -> None:
    desk.fault, desk.known["SF1"] = "", [(61, desk.journey[0][1], "已揽收"), *desk.journey[1:]]

    claim = again(market, grown["id"])

    assert (*standing(claim), amount(claim)) == ("in_review", "tracking_confirmed", 1000)
    assert "did not confirm" in because(market, claim["id"])
    assert market.act("reviewer", claim["id"], "approve", reason="seen")["approved_amount"]["amount"] == 10_000


def test_without_an_answer_in_time_a_person_decides_and_a_no_leaves_the_grant(grown: Json, market: Market) -> None:
    market.sql("UPDATE questions SET wanted_at = now() - interval '7 hours'")
    waiting = again(market, grown["id"])
    assert (*standing(waiting), amount(waiting)) == ("in_review", "tracking_confirmed", 1000)
    assert "no answer since" in because(market, grown["id"])

    ruled = market.act("reviewer", grown["id"], "reject", reason="no proof")
    assert (ruled["status"], amount(ruled)) == ("approved", 1000)
    assert len(market.sql("SELECT refund_id FROM refunds")) == 1


def test_a_claim_that_a_person_was_to_see_is_as_approved_as_it_was_once_nothing_is_owed(
    grown: Json, asking: Carriers, market: Market
) -> None:
    market.sql("UPDATE questions SET wanted_at = now() - interval '7 hours'")
    again(market, grown["id"])
    market.scans(grown["order_id"], (130, "picked_up"), number="SF1")

    claim = market.settle(grown["id"])

    assert (*standing(claim), amount(claim)) == ("approved", "deadline_missed", 1000)
    assert [share["party"] for share in claim["liability"]] == ["platform"]


def test_a_grant_that_does_not_grow_asks_nobody(asking: Carriers, market: Market, desk: QueryDesk) -> None:
    order_id = market.order(hours=150, lines=MUCH, waybills=[{"carrier": "SF", "number": "SF1"}])
    market.work()
    asking.told(desk.provider, desk.push("SF1", *desk.journey))

    claim = market.only_claim_of(order_id)
    assert (claim["status"], amount(claim), desk.asked) == ("approved", 10_000, [])
