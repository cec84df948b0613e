"""48小时发货: the first physical scan by the deadline, or a compensation without asking."""

import pytest

from schemas.vocabulary import Cause, Resolution, Step
from service.domain.decision import Decision, Outcome, decide
from service.domain.facts import OUT_OF_STOCK
from service.domain.guarantees import Guarantee
from tests.domain.builders import PUBLISHED, at, facts, parcel, policy, scan, travelled

LABELLED = parcel(scan(1, Step.LABEL_CREATED))


def compensated(now: float, **changes: object) -> Decision:
    known = {"parcel": LABELLED, "requested_resolution": Resolution.COMPENSATION, **changes}
    return decide(facts(Cause.NOT_SHIPPED, now, **known), PUBLISHED)


def test_a_missed_deadline_is_compensated_without_touching_the_line() -> None:
    decision = compensated(48.5)

    assert (decision.guarantee, decision.outcome) == (Guarantee.SHIPPING_DEADLINE, Outcome.APPROVED)
    assert (decision.resolution, decision.amount, decision.share_bp) == (Resolution.COMPENSATION, 300, 0)
    assert decision.findings[-1].because == "due 2026-03-03 08:00 +08:00, still no physical scan 30 min after it"


def test_at_the_deadline_itself_nothing_is_missed_yet() -> None:
    assert compensated(48).outcome is Outcome.REFUSED


def test_a_scan_in_time_refuses_however_late_the_claim_comes() -> None:
    decision = compensated(90, parcel=travelled(47, 89))

    assert decision.outcome is Outcome.REFUSED
    assert decision.because == "due 2026-03-03 08:00 +08:00, first physical scan 1 h before it"


def test_a_late_parcel_stays_late_when_it_is_delivered_after_all() -> None:
    assert compensated(200, parcel=travelled(50, 100)).amount == 300


@pytest.mark.parametrize(
    ("total", "amount"), [(100, 300), (30_000, 300), (30_001, 300), (120_050, 1_201), (900_000, 3_000)]
)
def test_a_late_order_gets_three_yuan_or_one_percent_at_most_thirty(total: int, amount: int) -> None:
    assert compensated(50, total=total).amount == amount


@pytest.mark.parametrize(("total", "amount"), [(100, 500), (11_005, 1_101), (900_000, 10_000)])
def test_a_severely_late_order_gets_ten_percent_five_to_a_hundred(total: int, amount: int) -> None:
    assert compensated(72.5, total=total).amount == amount


def test_lateness_turns_severe_after_seventy_two_hours_and_not_at_them() -> None:
    assert compensated(72).amount == 300
    assert compensated(72.01).amount == 1_100


def test_a_first_scan_counts_for_severity_not_the_time_of_the_claim() -> None:
    assert compensated(200, parcel=travelled(60, 100)).amount == 300


def test_out_of_stock_is_severe_at_once() -> None:
    assert compensated(3, status=OUT_OF_STOCK).amount == 1_100


def test_out_of_stock_said_of_a_shipped_order_makes_nothing_severe() -> None:
    assert compensated(70, status=OUT_OF_STOCK, parcel=travelled(50, 69)).amount == 300


def test_an_earlier_promise_counts_and_a_later_one_does_not() -> None:
    assert compensated(25, ship_by=at(24)).outcome is Outcome.APPROVED
    assert compensated(49, ship_by=at(96)).outcome is Outcome.APPROVED


def test_a_presale_counts_from_the_date_that_was_promised() -> None:
    presale = {"presale": True, "ship_by": at(240)}

    assert compensated(239, **presale).outcome is Outcome.REFUSED
    assert compensated(241, **presale).amount == 300
    assert compensated(264.5, **presale).amount == 1_100


def test_an_order_is_compensated_once() -> None:
    decision = compensated(50, compensated=300, compensated_by="clm_0")

    assert decision.outcome is Outcome.REFUSED
    assert decision.because == "3.00 CNY already granted by claim clm_0"


def test_the_same_claim_is_topped_up_when_lateness_turns_severe() -> None:
    earlier, later = compensated(50), compensated(73, granted=300)

    assert (earlier.amount, later.amount) == (300, 1_100)


def test_a_compensation_never_exceeds_the_most_of_the_policy() -> None:
    generous = policy(shipping_deadline={"severe_share_bp": 10_000, "severe_most": 777})
    sheet = facts(Cause.LATE, 99, parcel=LABELLED, requested_resolution=Resolution.COMPENSATION)

    assert decide(sheet, generous).amount == 777


def test_who_cancelled_the_order_is_not_compensated_by_a_machine() -> None:
    assert compensated(99, status="cancelled").outcome is Outcome.TO_PERSON
