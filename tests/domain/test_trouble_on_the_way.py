"""物流异常补贴券: late, stalled, lost or warm on the way, borne by whoever carried the leg; 新疆包邮到村 leg by leg."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from schemas.vocabulary import Cause, ExceptionCause, OpenedBy, Party, Resolution, Step
from service.domain.decision import Decision, Outcome, decide
from service.domain.findings import Verdict
from service.domain.guarantees import Guarantee, guarantee_of
from service.domain.lanes import lane_of, promised
from service.domain.liability import attribute
from service.domain.parcel import Parcel, Scan
from service.domain.policy import PaidAs
from service.domain.suspensions import Clock, Suspension
from service.domain.trouble import Trouble, troubles
from service.domain.watch import owed
from tests.domain.builders import PUBLISHED, at, scan, trouble
from tests.domain.november import HANGZHOU, KASHGAR, NOVEMBER, found, journey, way

ROAD = (scan(10, Step.PICKED_UP), scan(14, Step.DEPARTED), scan(20, Step.ARRIVED), scan(24, Step.DEPARTED))
VILLAGE = replace(KASHGAR, to_village=True)
TO_HUB = (*ROAD, scan(60, Step.DEPARTED), scan(90, Step.DELIVERED))


def told(now: float, parcel: Parcel, opened: float | None = None, order: object = HANGZHOU) -> list[tuple[str, int]]:
    """The troubles of a journey with what each is worth."""
    since = at(now if opened is None else opened)
    return [(t.trouble.value, t.amount) for t in troubles(journey(now, parcel, order), NOVEMBER, since)]  # type: ignore[arg-type]


def scanned_until(hour: float, *more: Scan) -> Parcel:
    """A parcel scanned twice a day on its way."""
    return way(*ROAD, *(scan(h, Step.DEPARTED) for h in range(36, int(hour), 12)), *more)


def granted(now: float, parcel: Parcel, **changes: Any) -> Decision:
    return decide(found(Cause.LATE, now, parcel, **changes), NOVEMBER)


@pytest.mark.parametrize(
    ("hours_late", "amount"), [(0.1, 300), (24, 300), (24.1, 500), (72, 800), (96.1, 1500), (400, 1500)]
)
def test_lateness_is_worth_more_by_each_started_day_beyond_the_promise(hours_late: float, amount: int) -> None:
    arrived = 10 + 72 + hours_late

    assert told(arrived + 1, scanned_until(arrived, scan(arrived, Step.DELIVERED))) == [("late", amount)]


def test_in_time_nothing_is_owed_and_the_receipt_says_so() -> None:
    decision = granted(90, scanned_until(80, scan(82, Step.DELIVERED)))

    assert (decision.guarantee, decision.outcome) == (Guarantee.LOGISTICS_TROUBLE, Outcome.REFUSED)
    assert decision.because == "0 days beyond the lane's promise, no silence that lasts, nothing lost or warm"


def test_silence_on_the_way_is_a_stall_while_it_lasts_and_then_a_loss() -> None:
    assert told(72, way(*ROAD)) == []
    assert told(72.1, way(*ROAD)) == [("stalled", 300)]
    assert ("lost", 2000) in told(144.1, way(*ROAD))
    assert told(81, way(*ROAD, scan(80, Step.ARRIVED))) == []
    assert told(81, way(*ROAD, scan(80, Step.ARRIVED)), opened=73) == [("stalled", 300)]


def test_before_the_first_movement_and_in_the_first_hub_silence_is_the_farmers_matter() -> None:
    assert told(80, way(scan(10, Step.PICKED_UP))) == []
    assert told(80, way(*ROAD[:3])) == []


def test_while_a_parcel_counts_as_not_shipped_nothing_is_held_against_a_carrier() -> None:
    stuck = way(scan(10, Step.PICKED_UP))

    decision = granted(100, stuck)

    assert decision.because == "the parcel counts as not shipped: nothing is on its way"
    assert owed(journey(100, stuck), NOVEMBER) == {Cause.NOT_SHIPPED}
    assert granted(100, stuck, granted=300).outcome is Outcome.APPROVED


def test_a_carriers_own_report_of_a_loss_counts_at_once() -> None:
    assert told(30, way(*ROAD, trouble(28, ExceptionCause.LOST))) == [("lost", 2000)]


def test_warm_transit_is_told_by_the_readings_of_what_travels() -> None:
    warm = way(*ROAD[:3], scan(24, Step.DEPARTED, celsius=14.0), scan(40, Step.ARRIVED, celsius=3.0))

    assert [(t.trouble, t.amount) for t in troubles(journey(41, warm, commodity="sweet_cherry"), NOVEMBER, at(41))] == [
        (Trouble.WARM, 1000)
    ]
    assert troubles(journey(41, warm, commodity="mixed"), NOVEMBER, at(41)) == ()


def test_of_several_troubles_the_greatest_is_paid_as_a_coupon() -> None:
    decision = granted(150, way(*ROAD))

    assert (decision.amount, decision.paid_as, decision.resolution) == (2000, PaidAs.COUPON, Resolution.COMPENSATION)
    assert decision.arithmetic == (
        "late, 3 day(s) beyond the promise: 8.00 CNY",
        "stalled: 3.00 CNY",
        "lost: 20.00 CNY",
        "the greatest counts: 20.00 CNY",
    )


def test_the_carrier_bears_it_and_a_scan_that_proves_it_in_time_takes_that_back() -> None:
    stalled = found(Cause.LATE, 73, way(*ROAD), opened=73)
    refuted = found(Cause.LATE, 80, way(*ROAD, scan(50, Step.DEPARTED)), opened=73, granted=300)

    assert [share.party for share in attribute(stalled, NOVEMBER, 300).shares] == [Party.CARRIER]
    [share] = attribute(refuted, NOVEMBER, 300).shares
    assert (share.party, share.because) == (
        Party.PLATFORM,
        "on its way in time after all; the buyer keeps the compensation",
    )


def test_trouble_is_compensated_once_for_an_order() -> None:
    sheet = found(Cause.LATE, 150, way(*ROAD))
    again = replace(sheet, order=replace(sheet.order, subsidised=300, subsidised_by="clm_0"))

    assert decide(again, NOVEMBER).because == "3.00 CNY already granted by claim clm_0"


def test_a_late_claim_of_a_buyer_is_about_the_farmers_deadline_first_and_then_about_the_way() -> None:
    shipped_late = way(scan(60, Step.PICKED_UP), scan(62, Step.DEPARTED), scan(200, Step.DELIVERED))
    sheet = found(Cause.LATE, 210, shipped_late, opened_by=OpenedBy.BUYER)
    paid_for = replace(sheet, order=replace(sheet.order, compensated=300, compensated_by="clm_0"))

    assert guarantee_of(sheet, NOVEMBER) is Guarantee.SHIPPING_DEADLINE
    assert guarantee_of(paid_for, NOVEMBER) is Guarantee.LOGISTICS_TROUBLE
    assert guarantee_of(sheet, PUBLISHED) is Guarantee.SHIPPING_DEADLINE


def test_the_hub_forwards_within_three_days_or_the_platform_answers() -> None:
    at_hub = way(*TO_HUB, legs=2)

    assert told(90 + 72, at_hub, order=VILLAGE) == []
    assert told(90 + 72.1, at_hub, order=VILLAGE) == [("stalled", 300)]
    assert [s.party for s in attribute(found(Cause.LATE, 163, at_hub, VILLAGE), NOVEMBER, 300).shares] == [
        Party.PLATFORM
    ]


def test_each_leg_has_its_own_promise_and_its_own_party() -> None:
    # Leg 1 may take 168 h, leg 2 from the hub 120 h and to a village far away 96 h more.
    slow = (*ROAD, *(scan(h, Step.DEPARTED) for h in range(36, 180, 12)), scan(190, Step.DELIVERED))
    onward = [scan(h, Step.DEPARTED, leg=2) for h in range(200, 420, 20)]
    both = way(*slow, *onward, scan(190 + 216 + 20, Step.DELIVERED, leg=2), legs=2)

    sheet = found(Cause.LATE, 430, both, VILLAGE)

    assert [(s.party, s.because) for s in attribute(sheet, NOVEMBER, 500).shares] == [
        (Party.CARRIER, "leg 1 took 180 h, promised in 168 h"),
        (Party.PLATFORM, "leg 2 took 236 h, promised in 216 h"),
    ]
    assert decide(sheet, NOVEMBER).amount == 500


def test_a_farmer_is_judged_on_leg_one_alone() -> None:
    legs = way(*TO_HUB, scan(100, Step.PICKED_UP, leg=2), legs=2)

    sheet = found(Cause.NOT_SHIPPED, 300, legs, KASHGAR)

    assert decide(sheet, NOVEMBER).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("province", "region", "kind", "paid_days", "hours"),
    [
        ("浙江省", "3301", "apple", 0, 72),
        ("浙江省", "3301", "chilled_fish", 0, 48),
        ("新疆维吾尔自治区", "65", "apple", 0, 168),
        ("新疆维吾尔自治区", "65", "apple", 280, 192),
        ("黑龙江省", "23", "frozen", 280, 72),
        ("浙江省", "33", "apple", 340, 96),
    ],
)
def test_a_lane_is_promised_by_region_season_and_kind(
    province: str, region: str, kind: str, paid_days: int, hours: int
) -> None:
    order = replace(HANGZHOU, province=province, region=region, paid_at=at(paid_days * 24))

    assert lane_of(journey(0, way(), order, kind), NOVEMBER).transit_hours == hours


def test_the_last_leg_to_a_village_has_longer() -> None:
    one, two = way(*TO_HUB), way(*TO_HUB, legs=2)

    assert promised(one.legs[0], journey(100, one, VILLAGE), NOVEMBER) == timedelta(hours=168 + 96)
    assert promised(two.legs[0], journey(100, two, VILLAGE), NOVEMBER) == timedelta(hours=168)
    assert promised(two.legs[1], journey(100, two, VILLAGE), NOVEMBER) == timedelta(hours=120 + 96)


def test_a_receipt_names_the_force_majeure_that_stopped_a_clock_whether_it_grants_or_refuses() -> None:
    road = way(scan(6, Step.PICKED_UP), scan(8, Step.DEPARTED), scan(20, Step.ARRIVED), scan(21, Step.DEPARTED))
    snow = Suspension("2026-03-03-snow", "暴雪", (Clock.STALL, Clock.PROMISE), at(30), at(54))
    hindered = replace(HANGZHOU, suspensions=(snow,))

    in_time, stalled = (
        next(f for f in decide(found(Cause.LATE, hour, road, hindered), NOVEMBER).findings if f.rule == "trouble_found")
        for hour in (21 + 72, 21 + 72.1)
    )

    assert (in_time.verdict, stalled.verdict) == (Verdict.REFUSE, Verdict.PASS)
    assert all("extended for 暴雪 (2026-03-02" in finding.because for finding in (in_time, stalled))


def test_what_force_majeure_excuses_afterwards_is_the_platforms_and_says_so() -> None:
    snow = Suspension("2026-03-03-snow", "暴雪", tuple(Clock), at(30), at(54))
    excused = found(Cause.LATE, 73, way(*ROAD), replace(HANGZHOU, suspensions=(snow,)), opened=73, granted=300)

    [share] = attribute(excused, NOVEMBER, 300).shares

    assert share.party is Party.PLATFORM
    assert share.because.startswith("on its way in time after all, extended for 暴雪 (")
