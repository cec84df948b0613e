"""Who bears a loss: every party answers for the abnormal hours it caused, and for nothing else."""

from typing import Any

import pytest

from schemas.vocabulary import Air, Cause, ExceptionCause, Party, Resolution, Step
from service.domain.facts import OUT_OF_STOCK, Facts
from service.domain.liability import Attribution, attribute
from service.domain.parcel import Scan, Waybill, parcel_of
from tests.domain.builders import PUBLISHED, at, facts, parcel, reading, scan, travelled, trouble

PICKUP = scan(10, Step.PICKED_UP)


def shared(sheet: Facts, amount: int = 3_300) -> Attribution:
    return attribute(sheet, PUBLISHED, amount)


def bearers(sheet: Facts, amount: int = 3_300) -> dict[str, int]:
    return {share.party: share.share_bp for share in shared(sheet, amount).shares}


def test_on_time_and_above_the_tolerance_is_the_farmers() -> None:
    attribution = shared(facts(asked_bp=3000))

    [share] = attribution.shares
    assert (share.party, share.party_id, share.share_bp, share.amount) == (Party.FARMER, "far_li", 10_000, 3_300)
    assert share.because == "normal transit: 30 % defects, 10 % tolerated for strawberry after 2 day(s)"


def test_on_time_and_within_the_tolerance_is_the_platforms_goodwill() -> None:
    assert bearers(facts(asked_bp=1000)) == {Party.PLATFORM: 10_000}


def test_the_tolerance_grows_with_the_days_in_transit() -> None:
    kiwis: dict[str, Any] = {"commodity": "kiwifruit", "asked_bp": 1300}

    assert bearers(facts(opened=40, parcel=travelled(10, 30), **kiwis)) == {Party.FARMER: 10_000}
    assert bearers(facts(opened=90, parcel=travelled(10, 81), **kiwis)) == {Party.PLATFORM: 10_000}


def test_a_compensation_for_a_late_scan_is_the_farmers() -> None:
    late = facts(Cause.NOT_SHIPPED, 50, parcel=parcel(), requested_resolution=Resolution.COMPENSATION)

    assert bearers(late, 300) == {Party.FARMER: 10_000}


def test_a_fake_shipment_is_the_farmers() -> None:
    label_only = facts(Cause.NOT_SHIPPED, 60, parcel=parcel(scan(1, Step.LABEL_CREATED)))

    assert bearers(label_only) == {Party.FARMER: 10_000}
    assert "no physical scan 12 h after it" in shared(label_only).shares[0].because


def test_a_sale_undone_before_shipping_is_the_farmers_without_a_fault() -> None:
    [share] = shared(facts(Cause.NOT_SHIPPED, 2, parcel=parcel())).shares

    assert (share.party, share.because) == (Party.FARMER, "not shipped: the sale is undone")


def test_a_farmer_out_of_stock_bears_the_compensation() -> None:
    empty = facts(
        Cause.NOT_SHIPPED, 3, parcel=parcel(), status=OUT_OF_STOCK, requested_resolution=Resolution.COMPENSATION
    )

    assert shared(empty, 1_100).shares[0].because == "the farmer is out of stock"


def test_a_scan_that_came_in_late_and_proves_the_farmer_in_time_moves_the_cost_to_the_platform() -> None:
    in_time = facts(Cause.NOT_SHIPPED, 60, parcel=travelled(47, 59), requested_resolution=Resolution.COMPENSATION)

    assert bearers(in_time, 300) == {Party.PLATFORM: 10_000}


def test_late_beyond_the_lanes_promise_is_the_carriers() -> None:
    attribution = shared(facts(opened=90, parcel=travelled(10, 83)))

    [share] = attribution.shares
    assert (share.party, share.party_id) == (Party.CARRIER, "sf")
    assert share.because == "leg 1 took 73 h, promised in 72 h"


def test_a_far_province_has_a_longer_promise() -> None:
    far = facts(opened=90, parcel=travelled(10, 83), province="新疆维吾尔自治区")

    assert Party.CARRIER not in bearers(far)


@pytest.mark.parametrize("cause", [ExceptionCause.DAMAGED, ExceptionCause.LOST])
def test_damage_and_loss_by_the_carriers_own_report_are_the_carriers(cause: ExceptionCause) -> None:
    assert bearers(facts(parcel=travelled(10, 58, trouble(30, cause)))) == {Party.CARRIER: 10_000}


def test_a_parcel_that_fell_silent_is_the_carriers() -> None:
    assert bearers(facts(Cause.LOST, 90, parcel=parcel(PICKUP))) == {Party.CARRIER: 10_000}


@pytest.mark.parametrize(
    ("readings", "carrier"),
    [
        ([(20, 12), (22, 3)], True),
        ([(20, 10), (31.9, 3)], False),
        ([(20, 10), (32, 3)], True),
        ([(20, 8), (40, 8)], False),
        ([(20, 12)], True),
    ],
)
def test_warm_transit_is_the_carriers_and_slight_warmth_counts_nothing(
    readings: list[tuple[float, float]], carrier: bool
) -> None:
    scans = [scan(hour, Step.DEPARTED, celsius=celsius) for hour, celsius in readings]

    assert (Party.CARRIER in bearers(facts(parcel=travelled(10, 58, *scans)))) is carrier


@pytest.mark.parametrize(("air", "carrier"), [(Air.SUPPLY, False), (Air.RETURN, True), (None, True)])
def test_supply_air_proves_no_warmth(air: Air | None, carrier: bool) -> None:
    warm = travelled(10, 58, reading(20, 12, air), reading(40, 12, air))

    assert (Party.CARRIER in bearers(facts(parcel=warm))) is carrier


def test_cold_supply_air_between_does_not_shorten_the_warmth_of_the_return_air() -> None:
    warm = travelled(10, 58, reading(20, 10, Air.RETURN), reading(21, 1, Air.SUPPLY), reading(32, 3, Air.RETURN))

    assert Party.CARRIER in bearers(facts(parcel=warm))


def test_another_loggers_cold_readings_between_do_not_shorten_the_warmth() -> None:
    warm = (reading(20, 10, device="A"), reading(32, 3, device="A"))
    between = [reading(hour, 1, device="B") for hour in range(20, 32)]

    assert Party.CARRIER in bearers(facts(parcel=travelled(10, 58, *warm, *between)))
    assert Party.CARRIER not in bearers(facts(parcel=travelled(10, 58, *warm[:1], *between)))


def test_goods_without_a_promised_temperature_are_never_warm() -> None:
    warm = travelled(10, 58, scan(20, Step.DEPARTED, celsius=30), scan(50, Step.ARRIVED, celsius=30))

    assert Party.CARRIER not in bearers(facts(commodity="live_crab", parcel=warm))


def test_a_late_pickup_at_the_station_is_the_buyers() -> None:
    waited = travelled(10, 80, scan(50, Step.STATION_DROP))

    [share] = shared(facts(opened=81, parcel=waited)).shares
    assert (share.party, share.party_id) == (Party.BUYER, "buy_wang")
    assert share.because == "picked up 30 h after the drop at the station, 24 h are free"


def test_a_parcel_that_nobody_picked_up_is_the_buyers() -> None:
    left = parcel(PICKUP, scan(50, Step.STATION_DROP), scan(130, Step.RETURNING))

    assert bearers(facts(Cause.LOST, 140, parcel=left)) == {Party.BUYER: 10_000}


def test_an_overdue_parcel_is_the_buyers_even_if_no_station_reported_its_drop() -> None:
    overdue = parcel(PICKUP, trouble(60, ExceptionCause.OVERDUE_PICKUP), scan(61, Step.RETURNING))

    assert bearers(facts(Cause.LOST, 62, parcel=overdue)) == {Party.BUYER: 10_000}


def test_a_refusal_with_nothing_found_wrong_is_the_buyers() -> None:
    refused = parcel(PICKUP, trouble(50, ExceptionCause.REFUSED))

    assert bearers(facts(Cause.ROTTEN, 51, parcel=refused)) == {Party.BUYER: 10_000}


def test_a_refusal_of_a_late_parcel_is_the_carriers() -> None:
    refused = parcel(PICKUP, trouble(90, ExceptionCause.REFUSED))

    assert bearers(facts(Cause.LATE, 91, parcel=refused)) == {Party.CARRIER: 10_000}


def hub(hub_reached: float, *leg_two: tuple[float, Step], now: float = 300) -> Facts:
    scans = [scan(hour, step, leg=2) for hour, step in leg_two]
    tracked = parcel(PICKUP, scan(hub_reached, Step.DELIVERED), *scans, legs=2)
    return facts(opened=now, parcel=tracked, province="新疆维吾尔自治区")


def test_lateness_after_the_hub_is_the_platforms() -> None:
    late_after_hub = hub(100, (120, Step.PICKED_UP), (230, Step.DELIVERED))

    [share] = shared(late_after_hub).shares
    assert (share.party, share.because) == (Party.PLATFORM, "leg 2 took 130 h, promised in 120 h")


def test_waiting_at_the_hub_is_the_platforms_too() -> None:
    assert bearers(hub(100, (215, Step.PICKED_UP), (230, Step.DELIVERED))) == {Party.PLATFORM: 10_000}
    assert "leg 2 took 200 h" in shared(hub(100)).shares[0].because


def test_lateness_before_the_hub_is_the_first_carriers_alone() -> None:
    assert bearers(hub(190, (200, Step.PICKED_UP), (230, Step.DELIVERED))) == {Party.CARRIER: 10_000}


def test_two_parcels_of_one_order_do_not_answer_for_each_other() -> None:
    waybills = [Waybill("sf", "A", 1), Waybill("zto", "B", 1)]
    scans = [
        Scan("sf", "A", at(10), Step.PICKED_UP),
        Scan("zto", "B", at(20), Step.PICKED_UP),
        Scan("sf", "A", at(90), Step.DELIVERED),
        Scan("zto", "B", at(85), Step.DELIVERED),
    ]

    [share] = shared(facts(opened=91, parcel=parcel_of(waybills, scans))).shares
    assert (share.party_id, share.because) == ("sf", "leg 1 took 80 h, promised in 72 h")


def test_mixed_causes_split_by_their_abnormal_hours() -> None:
    late_scan_and_late_transit = facts(opened=160, parcel=travelled(58, 160))

    attribution = shared(late_scan_and_late_transit, 1_000)
    assert [(s.party, s.share_bp, s.amount) for s in attribution.shares] == [
        (Party.FARMER, 2_500, 250),
        (Party.CARRIER, 7_500, 750),
    ]


def test_two_faults_of_one_party_are_one_share_that_names_both() -> None:
    twice = facts(opened=90, parcel=travelled(10, 83, trouble(30, ExceptionCause.DAMAGED)))

    [share] = shared(twice).shares
    assert "leg 1 took 73 h" in share.because
    assert "reported damage" in share.because


@pytest.mark.parametrize("cause", [Cause.SHORT, Cause.MISSING, Cause.WRONG_ITEM, Cause.NOT_AS_DESCRIBED])
def test_what_was_sorted_or_packed_wrong_is_the_farmers_however_late_the_carrier(cause: Cause) -> None:
    assert bearers(facts(cause, 90, parcel=travelled(10, 90))) == {Party.FARMER: 10_000}


def test_a_price_promise_is_the_platforms_however_late_the_parcel() -> None:
    assert bearers(facts(Cause.CHEAPER_ELSEWHERE, 90, parcel=travelled(50, 200))) == {Party.PLATFORM: 10_000}


def test_unknown_facts_are_named() -> None:
    attribution = shared(facts(parcel=parcel(scan(10, Step.DEPARTED))))

    assert attribution.unknown == (
        "when the parcel was delivered: no delivery scan",
        "when the carrier took the parcel over: no pickup scan",
        "the temperature on the way: no readings",
    )


def test_supply_air_alone_leaves_the_temperature_unknown() -> None:
    attribution = shared(facts(parcel=travelled(10, 58, reading(20, 1, Air.SUPPLY))))

    assert "the temperature on the way: no readings" in attribution.unknown


def test_rotten_fruit_without_any_scan_is_not_guessed_to_be_unshipped() -> None:
    attribution = shared(facts(Cause.ROTTEN, 200, parcel=parcel()))

    [share] = attribution.shares
    assert (share.party, share.because) == (Party.PLATFORM, "no physical scan tells how the parcel travelled")
    assert attribution.unknown == ("how the parcel travelled: no physical scan",)


def test_what_a_buyer_keeps_above_a_lowered_ruling_is_the_platforms() -> None:
    attribution = shared(facts(granted=3_300, ruled=1_100), 3_300)

    assert [(s.party, s.share_bp, s.amount) for s in attribution.shares] == [
        (Party.FARMER, 3_333, 1_100),
        (Party.PLATFORM, 6_667, 2_200),
    ]


def test_a_platform_that_bears_part_and_excess_has_one_share() -> None:
    attribution = shared(facts(asked_bp=1_000, granted=1_100, ruled=400), 1_100)

    [share] = attribution.shares
    assert (share.party, share.share_bp, share.amount) == (Party.PLATFORM, 10_000, 1_100)
    assert "within tolerance" in share.because
    assert "the buyer keeps it" in share.because


def test_a_reversed_decision_charges_nobody_but_the_platform() -> None:
    assert bearers(facts(granted=3_300, ruled=0), 3_300) == {Party.PLATFORM: 10_000}
