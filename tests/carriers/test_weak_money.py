"""Weakly signed tracking moves little money alone; above the policy's amount the provider is asked and must confirm."""

from collections.abc import Iterator

import pytest

from service.carriers.registry import PROVIDERS
from tests.carriers.conftest import Carriers
from tests.carriers.desks import DESKS, HundredDesk, QueryDesk, opened
from tests.carriers.providers import JOURNEY_NIAO, kdniao, kuaidi100, sf
from tests.stories.market import Json, Market

MUCH = (("strawberry", 9_900),)
LITTLE = (("strawberry", 1_990),)
HUNDRED = HundredDesk()
WEAK = [desk for desk in DESKS if PROVIDERS[desk.provider].weakly_signed]


@pytest.fixture(params=WEAK, ids=[desk.provider for desk in WEAK])
def desk(request: pytest.FixtureRequest) -> Iterator[QueryDesk]:
    """The query side of each provider whose pushes prove little."""
    with opened(request.param()) as desk:
        yield desk


def claimed(
    carriers: Carriers, market: Market, desk: QueryDesk = HUNDRED, lines: tuple[tuple[str, int], ...] = MUCH
) -> str:
    """A claim on a parcel that a provider pushed as delivered."""
    order_id = market.order(lines=lines, waybills=[{"carrier": "SF", "number": "SF1"}])
    carriers.told(desk.provider, desk.push("SF1", *desk.journey))
    return market.claim(order_id, evidence=[market.photo(), market.photo("rotten-apples-2.png")])


def standing(claim: Json) -> tuple[str, str]:
    """Where a claim stands, and why."""
    return claim["status"], claim["status_detail"]


def because(market: Market, claim_id: str) -> str:
    """What the last decision says for itself."""
    [row] = market.sql(
        "SELECT result::jsonb ->> 'because' AS because FROM decisions WHERE claim_id = %s"
        " ORDER BY decision_id DESC LIMIT 1",
        claim_id,
    )
    return str(row["because"])


def test_a_small_claim_is_paid_on_a_weakly_signed_word(carriers: Carriers, market: Market) -> None:
    assert market.settle(claimed(carriers, market, lines=LITTLE))["status"] == "approved"


def test_where_nobody_can_be_asked_a_person_decides_about_much(carriers: Carriers, market: Market) -> None:
    assert standing(market.settle(claimed(carriers, market))) == ("in_review", "tracking_confirmed")


def test_an_answer_that_confirms_lets_the_claim_be_paid(asking: Carriers, market: Market, desk: QueryDesk) -> None:
    desk.known["SF1"] = desk.journey

    assert market.settle(claimed(asking, market, desk))["status"] == "approved"
    assert len(desk.asked) == 1


def test_an_answer_that_does_not_confirm_goes_to_a_person(asking: Carriers, market: Market, desk: QueryDesk) -> None:
    desk.known["SF1"] = desk.journey[:2]

    claim = market.settle(claimed(asking, market, desk))

    assert standing(claim) == ("in_review", "tracking_confirmed")
    assert "did not confirm" in because(market, claim["id"])


def test_while_no_answer_comes_the_claim_waits_and_after_hours_a_person_decides(
    asking: Carriers, market: Market, desk: QueryDesk
) -> None:
    desk.fault = "500"
    claim_id = claimed(asking, market, desk)
    waiting = market.settle(claim_id)
    market.sql("UPDATE questions SET wanted_at = now() - interval '7 hours'")
    market.sql("UPDATE work SET due_at = now() WHERE kind = 'decide_claim'")
    after = market.settle(claim_id)

    assert standing(waiting) == ("submitted", "received")
    assert standing(after) == ("in_review", "tracking_confirmed")
    assert "no answer since" in because(market, claim_id)


def test_a_claim_that_waits_is_looked_at_by_one_step_however_much_is_heard_of_it(
    asking: Carriers, market: Market, desk: QueryDesk
) -> None:
    desk.fault = "500"
    claim_id = claimed(asking, market, desk)
    market.settle(claim_id)
    asking.told(desk.provider, desk.push("SF1", *desk.journey, (9, desk.journey[1][1], "又在途中")))

    steps = "SELECT due_at > now() AS later FROM work WHERE kind = 'decide_claim' AND subject_id = %s"
    assert market.sql(steps, claim_id) == [{"later": True}]


def test_a_provider_that_will_not_answer_sends_the_claim_to_a_person_at_once(
    asking: Carriers, market: Market, desk: QueryDesk
) -> None:
    desk.key = "another key by now"

    claim = market.settle(claimed(asking, market, desk))

    assert standing(claim) == ("in_review", "tracking_confirmed")
    assert len(desk.asked) == 1


def test_a_carriers_own_unsigned_push_is_confirmed_by_whoever_can_be_asked(
    asking: Carriers, market: Market, desk: QueryDesk
) -> None:
    desk.known["SF1"] = desk.journey
    order_id = market.order(lines=MUCH, waybills=[{"carrier": "SF", "number": "SF1"}])
    asking.told("sf", sf("SF1", (50, "50"), (10, "80")))

    claim = market.settle(market.claim(order_id, evidence=[market.photo(), market.photo("rotten-apples-2.png")]))

    assert claim["status"] == "approved"
    assert len(desk.asked) == 1


def test_another_weak_provider_confirms_nothing_and_a_strong_one_does(carriers: Carriers, market: Market) -> None:
    claim_id = claimed(carriers, market)
    carriers.told("kdniao", kdniao("SF1", *JOURNEY_NIAO))
    weak = market.settle(claim_id)
    market.scans(weak["order_id"], (50, "picked_up"), (10, "delivered"), number="SF1")

    assert standing(weak) == ("in_review", "tracking_confirmed")
    assert market.settle(claim_id)["status"] == "approved"


def test_orders_from_before_the_rule_are_paid_as_ever(carriers: Carriers, market: Market) -> None:
    old = market.parts.library.policies[0].policy_id
    claim_id = claimed(carriers, market)
    market.sql("UPDATE orders SET policy_id = %s", old)
    market.sql("UPDATE claims SET policy_id = %s", old)

    claim = market.settle(claim_id)

    assert claim["status"] == "approved"
    receipt = market.call("reviewer", "GET", f"/v1/claims/{claim_id}/receipt").get_json()
    assert "tracking_confirmed" not in str(receipt)


def charged(market: Market, order_id: str) -> list[str]:
    """Who bears what was granted."""
    rows = market.sql(
        "SELECT party FROM charges WHERE order_id = %s AND reversed_at IS NULL ORDER BY charge_id", order_id
    )
    return [row["party"] for row in rows]


def test_a_large_charge_is_taken_back_by_a_word_that_is_confirmed_only(
    asking: Carriers, market: Market, desk: QueryDesk
) -> None:
    order_id = market.order(hours=80, lines=(("strawberry", 99_000),), waybills=[{"carrier": "SF", "number": "SF1"}])
    market.work()
    in_time = [(hours, code, text) for hours, (_, code, text) in zip((79, 60, 20), desk.journey, strict=True)]
    asking.told(desk.provider, desk.push("SF1", *in_time))
    unconfirmed = charged(market, order_id)
    desk.known["SF1"] = in_time
    market.sql("UPDATE questions SET asked_at = asked_at - interval '1 hour'")
    market.sql("UPDATE work SET due_at = now() WHERE kind = 'ask_carrier'")
    market.work()

    assert (unconfirmed, charged(market, order_id)) == (["farmer"], ["platform"])
    assert len(desk.asked) == 2


def test_a_small_charge_is_taken_back_by_a_weakly_signed_word(carriers: Carriers, market: Market) -> None:
    order_id = market.order(hours=80, waybills=[{"carrier": "SF", "number": "SF1"}])
    market.work()
    carriers.told("sf", sf("SF1", (79, "50"), (60, "36"), (20, "80")))

    assert charged(market, order_id) == ["platform"]


def test_where_nobody_can_be_asked_a_large_charge_stays_as_it_was(carriers: Carriers, market: Market) -> None:
    order_id = market.order(hours=80, lines=(("strawberry", 99_000),), waybills=[{"carrier": "SF", "number": "SF1"}])
    market.work()
    carriers.told("sf", sf("SF1", (79, "50"), (60, "36"), (20, "80")))
    weak = charged(market, order_id)
    market.scans(order_id, (79, "picked_up"), (60, "departed"), (20, "delivered"), number="SF1")
    market.work()

    assert (weak, charged(market, order_id)) == (["farmer"], ["platform"])


def test_a_first_large_charge_waits_for_the_provider_and_follows_what_is_confirmed(
    asking: Carriers, market: Market, desk: QueryDesk
) -> None:
    damaged = {"kuaidi100": "209", "kdniao": "414"}[desk.provider]
    order_id = market.order(lines=MUCH, waybills=[{"carrier": "SF", "number": "SF1"}])
    market.scans(order_id, (50, "picked_up"), (30, "departed"), (10, "delivered"), number="SF1")
    asking.told(desk.provider, desk.push("SF1", (20, damaged, "破损")))
    photos = [market.photo(), market.photo("rotten-apples-2.png")]
    assert market.settle(market.claim(order_id, evidence=photos))["status"] == "approved"
    unconfirmed = charged(market, order_id)
    desk.known["SF1"] = ((20, damaged, "破损"),)
    market.sql("UPDATE questions SET asked_at = asked_at - interval '1 hour'")
    market.sql("UPDATE work SET due_at = now() WHERE kind = 'ask_carrier'")
    market.work()

    assert (unconfirmed, charged(market, order_id)) == ([], ["carrier"])


def test_a_large_charge_that_is_not_confirmed_in_time_follows_the_confirmed_words(
    asking: Carriers, market: Market
) -> None:
    order_id = market.order(lines=MUCH, waybills=[{"carrier": "SF", "number": "SF1"}])
    market.scans(order_id, (50, "picked_up"), (30, "departed"), (10, "delivered"), number="SF1")
    asking.told("kuaidi100", kuaidi100("SF1", (20, "209", "破损")))
    photos = [market.photo(), market.photo("rotten-apples-2.png")]
    market.settle(market.claim(order_id, evidence=photos))
    asking.told("kuaidi100", kuaidi100("SF1", (20, "209", "破损"), (19, "1002", "干线")))
    assert market.sql("SELECT count(*) AS looks FROM work WHERE kind = 'attribute_claim'") == [{"looks": 1}]
    market.sql("UPDATE questions SET wanted_at = wanted_at - interval '7 hours'")
    market.sql("UPDATE work SET due_at = now() WHERE kind = 'attribute_claim'")
    market.work()

    assert charged(market, order_id) == ["farmer"]
