"""虚假发货: a label without a parcel counts as not shipped, in four forms, until something shows that it travels."""

from dataclasses import replace

import pytest

from schemas.vocabulary import Cause, Party, Step
from service.domain.decision import Outcome, decide
from service.domain.fake_shipment import Form, fakes, route
from service.domain.guarantees import Guarantee
from service.domain.liability import attribute
from service.domain.parcel import Parcel, Scan
from tests.domain.builders import PUBLISHED, at, scan
from tests.domain.november import HANGZHOU, KASHGAR, NOVEMBER, found, journey, there, way

IN_HUB = (scan(6, Step.PICKED_UP), scan(8, Step.DEPARTED), there(20, Step.ARRIVED, "浙江金华转运中心"))


def forms(now: float, parcel: Parcel, order: object = HANGZHOU) -> list[Form]:
    """The forms that stand at an hour."""
    standing = fakes(journey(now, parcel, order), NOVEMBER)  # type: ignore[arg-type]
    return [fake.form for fake in standing if fake.stood_at(at(now))]


def test_a_waybill_without_a_scan_for_a_day_counts_as_not_shipped() -> None:
    assert forms(26, way(uploaded=2)) == []
    assert forms(26.1, way(uploaded=2)) == [Form.NO_SCAN]
    assert forms(26.1, way(scan(3, Step.LABEL_CREATED), uploaded=2)) == [Form.NO_SCAN]


def test_a_presale_may_print_its_labels_early() -> None:
    presale = replace(HANGZHOU, presale=True, ship_by=at(200))

    assert forms(199, way(uploaded=2), presale) == []
    assert forms(200.1, way(uploaded=2), presale) == [Form.NO_SCAN]


def test_a_parcel_that_is_not_moved_for_a_day_after_its_first_scan_counts_as_not_shipped() -> None:
    taken = scan(6, Step.PICKED_UP)

    assert forms(30, way(taken)) == []
    assert forms(30.1, way(taken)) == [Form.NO_MOVEMENT]
    assert forms(30.1, way(taken, scan(29, Step.DEPARTED))) == []
    assert forms(50, way(taken, scan(40, Step.DEPARTED))) == []


@pytest.mark.parametrize(
    ("order", "hours"),
    [
        (HANGZHOU, 48),
        (replace(HANGZHOU, province="甘肃省", city="兰州市", region="6201"), 72),
        (replace(HANGZHOU, province="新疆维吾尔自治区", city="", region=""), 72),
        (replace(HANGZHOU, province="新疆维吾尔自治区", city="", region="65"), 72),
        (KASHGAR, 120),
        (replace(KASHGAR, region="653121201201"), 120),
    ],
)
def test_the_first_hub_keeps_a_parcel_no_longer_than_its_region_allows(order: object, hours: int) -> None:
    assert forms(20 + hours, way(*IN_HUB), order) == []
    assert forms(20.1 + hours, way(*IN_HUB), order) == [Form.FIRST_HUB]


@pytest.mark.parametrize(
    "leaving",
    [scan(60, Step.DEPARTED), there(60, Step.ARRIVED, "浙江杭州转运中心"), scan(60, Step.OUT_FOR_DELIVERY)],
)
def test_a_hub_is_left_by_a_scan_behind_it(leaving: Scan) -> None:
    assert forms(100, way(*IN_HUB, leaving)) == []


def test_scans_of_the_same_hub_or_of_a_hub_without_a_name_do_not_leave_it() -> None:
    assert forms(100, way(*IN_HUB, there(60, Step.ARRIVED, "浙江金华转运中心"))) == [Form.FIRST_HUB]
    assert forms(100, way(*IN_HUB, scan(60, Step.ARRIVED))) == [Form.FIRST_HUB]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("四川省成都市", "handed over in 四川成都, the address is in 浙江杭州"),
        ("浙江省宁波市", "handed over in 浙江宁波, the address is in 浙江杭州"),
    ],
)
def test_a_route_that_leads_elsewhere_counts_as_not_shipped(place: str, said: str) -> None:
    parcel = way(*IN_HUB, scan(30, Step.DEPARTED), there(40, Step.DELIVERED, place))

    assert forms(41, parcel) == [Form.ROUTE]
    assert route(journey(41, parcel)) == (True, said)


@pytest.mark.parametrize("place", ["浙江省杭州市西湖区", "菜鸟驿站", "浙江省"])
def test_a_route_that_leads_home_or_cannot_be_told_is_none_of_it(place: str) -> None:
    assert forms(41, way(*IN_HUB, scan(30, Step.DEPARTED), there(40, Step.DELIVERED, place))) == []


def test_a_hand_over_without_a_region_happened_where_the_courier_came_from_but_no_further_back() -> None:
    out = there(38, Step.OUT_FOR_DELIVERY, "四川成都武侯营业部")

    assert forms(41, way(*IN_HUB, out, there(40, Step.DELIVERED, "家门口"))) == [Form.ROUTE]
    assert route(journey(41, way(*IN_HUB, scan(30, Step.DEPARTED), scan(40, Step.DELIVERED))))[0] is None


def test_a_route_through_a_hub_is_not_the_farmers_to_answer_for() -> None:
    legs = way(*IN_HUB, there(40, Step.DELIVERED, "陕西省西安市"), legs=2)

    assert route(journey(41, legs, KASHGAR)) == (None, "route unknown: it goes through a hub")


def test_without_a_waybill_nothing_is_said_of_a_hub() -> None:
    assert route(journey(41, Parcel())) == (None, "route unknown: the order names no waybill")


def test_it_is_compensated_by_the_figures_of_the_shipping_deadline_and_the_farmer_bears_it() -> None:
    sheet = found(Cause.NOT_SHIPPED, 30.5, way(scan(6, Step.PICKED_UP)))

    decision = decide(sheet, NOVEMBER)

    assert (decision.guarantee, decision.outcome, decision.amount) == (Guarantee.FAKE_SHIPMENT, Outcome.APPROVED, 300)
    [fake] = [finding for finding in decision.findings if finding.rule == "fake_found"]
    assert fake.because == (
        "first scan 2026-03-01 14:00 +08:00, due 2026-03-02 14:00 +08:00: no movement until 30 min after that"
    )
    assert [share.party for share in attribute(sheet, NOVEMBER, 300).shares] == [Party.FARMER]


def test_a_parcel_that_still_does_not_move_after_three_days_is_severe() -> None:
    parcel = way(scan(6, Step.PICKED_UP))

    assert decide(found(Cause.NOT_SHIPPED, 72, parcel, opened=31), NOVEMBER).amount == 300
    assert decide(found(Cause.NOT_SHIPPED, 72.1, parcel, opened=31), NOVEMBER).amount == 1_100


def test_a_missed_deadline_says_more_than_a_label_and_is_the_same_fault() -> None:
    both = decide(found(Cause.NOT_SHIPPED, 49, way(uploaded=2)), NOVEMBER)

    assert (both.guarantee, both.amount) == (Guarantee.SHIPPING_DEADLINE, 300)


def test_what_has_moved_by_the_time_anyone_looks_is_no_fake() -> None:
    parcel = way(scan(6, Step.PICKED_UP), scan(40, Step.DELIVERED))

    decision = decide(found(Cause.NOT_SHIPPED, 60, parcel), NOVEMBER)

    assert (decision.outcome, decision.guarantee) == (Outcome.REFUSED, Guarantee.SHIPPING_DEADLINE)


def test_a_scan_that_comes_in_late_and_proves_movement_in_time_frees_the_farmer() -> None:
    refuted = way(scan(6, Step.PICKED_UP), scan(28, Step.DEPARTED))
    too_late = way(scan(6, Step.PICKED_UP), scan(33, Step.DEPARTED))

    for parcel, party in ((refuted, Party.PLATFORM), (too_late, Party.FARMER)):
        sheet = found(Cause.NOT_SHIPPED, 40, parcel, opened=31, granted=300)
        assert [share.party for share in attribute(sheet, NOVEMBER, 300).shares] == [party]


def test_the_policy_of_january_knows_nothing_of_it() -> None:
    assert fakes(journey(100, way(scan(6, Step.PICKED_UP))), PUBLISHED) == ()
