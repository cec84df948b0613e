"""极速退款: money back for a parcel that never came, came back, or vanished."""

import pytest

from schemas.vocabulary import Cause, ExceptionCause, Step
from service.domain.decision import Outcome, decide
from service.domain.facts import OUT_OF_STOCK, Answer, Facts
from service.domain.guarantees import Guarantee
from service.domain.parcel import Parcel
from tests.domain.builders import PUBLISHED, at, facts, parcel, scan, travelled, trouble

LABELLED = parcel(scan(1, Step.LABEL_CREATED))


def unshipped(opened: float, **changes: object) -> Facts:
    return facts(Cause.NOT_SHIPPED, opened, **{"parcel": LABELLED, "asked_bp": 10_000, **changes})


def moving(cause: Cause, tracked: Parcel, now: float) -> Facts:
    return facts(cause, now, parcel=tracked, asked_bp=10_000)


@pytest.mark.parametrize("opened", [0, 6])
def test_a_buyer_who_leaves_within_six_hours_is_paid_at_once(opened: float) -> None:
    decision = decide(unshipped(opened), PUBLISHED)

    assert (decision.guarantee, decision.outcome) == (Guarantee.EXPRESS_REFUND, Outcome.APPROVED)
    assert decision.amount == 11_000


def test_a_label_without_a_parcel_counts_as_not_shipped() -> None:
    assert decide(unshipped(2, parcel=LABELLED), PUBLISHED) == decide(unshipped(2, parcel=parcel()), PUBLISHED)


def test_after_six_hours_the_farmer_is_asked_and_has_thirty_six_hours() -> None:
    decision = decide(unshipped(7), PUBLISHED)

    assert decision.outcome is Outcome.ASK_FARMER
    assert decision.response_due_at == at(7 + 36)
    assert decision.because.startswith("asked 7 h after payment, over 6 h; the farmer has until ")


def test_a_silent_farmer_lets_the_buyer_leave() -> None:
    asked = {"asked_at": at(7), "response_due_at": at(43)}

    assert decide(unshipped(7, now=42.9, **asked), PUBLISHED).outcome is Outcome.ASK_FARMER
    assert decide(unshipped(7, now=43, **asked), PUBLISHED).outcome is Outcome.APPROVED


def test_a_farmer_who_contests_brings_a_person_in() -> None:
    decision = decide(unshipped(7, answer=Answer.CONTEST, note="already picked"), PUBLISHED)

    assert decision.outcome is Outcome.TO_PERSON
    assert decision.because.endswith("the farmer contests: already picked")


def test_a_late_farmer_is_not_asked() -> None:
    assert decide(unshipped(48.1), PUBLISHED).outcome is Outcome.APPROVED


def test_a_farmer_out_of_stock_is_not_asked_and_the_receipt_says_so() -> None:
    decision = decide(unshipped(20, status=OUT_OF_STOCK), PUBLISHED)

    assert decision.outcome is Outcome.APPROVED
    assert "the farmer is out of stock" in [finding.because for finding in decision.findings]


def test_a_presale_is_not_late_before_its_own_date() -> None:
    presale = {"presale": True, "ship_by": at(240)}

    assert decide(unshipped(100, **presale), PUBLISHED).outcome is Outcome.ASK_FARMER
    assert decide(unshipped(241, **presale), PUBLISHED).outcome is Outcome.APPROVED


@pytest.mark.parametrize(
    "news",
    [trouble(40, ExceptionCause.REFUSED), trouble(40, ExceptionCause.LOST), scan(40, Step.RETURNING)],
)
def test_a_refused_lost_or_returned_parcel_is_refunded(news: object) -> None:
    tracked = parcel(scan(10, Step.PICKED_UP), news)  # type: ignore[arg-type]

    assert decide(moving(Cause.LOST, tracked, 41), PUBLISHED).outcome is Outcome.APPROVED


def test_rotten_fruit_that_was_refused_at_the_door_is_an_express_refund() -> None:
    tracked = parcel(scan(10, Step.PICKED_UP), trouble(40, ExceptionCause.REFUSED))

    assert decide(moving(Cause.ROTTEN, tracked, 41), PUBLISHED).guarantee is Guarantee.EXPRESS_REFUND


def test_a_parcel_without_a_scan_for_over_three_days_is_refunded() -> None:
    tracked = parcel(scan(10, Step.PICKED_UP))

    assert decide(moving(Cause.LOST, tracked, 82), PUBLISHED).outcome is Outcome.TO_PERSON
    assert decide(moving(Cause.LOST, tracked, 82.01), PUBLISHED).outcome is Outcome.APPROVED


def test_a_parcel_on_its_way_is_not_refunded_as_not_shipped() -> None:
    decision = decide(moving(Cause.NOT_SHIPPED, parcel(scan(10, Step.PICKED_UP)), 20), PUBLISHED)

    assert decision.outcome is Outcome.REFUSED
    assert decision.because.startswith("shipped: first physical scan at 2026-03-01 18:00 +08:00")


@pytest.mark.parametrize("cause", [Cause.LOST, Cause.NOT_SHIPPED])
def test_a_delivered_parcel_said_to_be_missing_is_for_a_person(cause: Cause) -> None:
    decision = decide(moving(cause, travelled(), 200), PUBLISHED)

    assert (decision.outcome, decision.deciding_rule) == (Outcome.TO_PERSON, "facts_agree")


def test_a_parcel_waiting_at_a_station_is_not_untracked() -> None:
    waiting = parcel(scan(10, Step.PICKED_UP), scan(50, Step.STATION_DROP))

    assert decide(moving(Cause.LOST, waiting, 200), PUBLISHED).outcome is Outcome.TO_PERSON


def test_a_late_parcel_that_was_delivered_is_not_refunded_for_its_silence_since() -> None:
    decision = decide(moving(Cause.LATE, travelled(10, 90), 200), PUBLISHED)

    assert (decision.outcome, decision.deciding_rule) == (Outcome.TO_PERSON, "undelivered")
    assert decision.because == "the carrier reports its arrival at 2026-03-05 02:00 +08:00"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"paid": 50_000}, "510.00 CNY is above the 500.00 CNY for one order"),
        ({"express_today": 3}, "3 express refunds of this buyer in a day; 3 are the most"),
        ({"express_amount_today": 89_001}, "with 110.00 CNY it is above 1000.00 CNY"),
    ],
)
def test_above_a_cap_a_person_looks_and_the_cap_is_named(changes: dict[str, int], said: str) -> None:
    decision = decide(unshipped(2, **changes), PUBLISHED)

    assert (decision.outcome, decision.deciding_rule) == (Outcome.TO_PERSON, "within_express_caps")
    assert said in decision.because


def test_at_the_caps_the_money_still_goes_out_at_once() -> None:
    at_caps = unshipped(2, express_today=2, express_amount_today=89_000)

    assert decide(at_caps, PUBLISHED).outcome is Outcome.APPROVED
