"""A parcel is what the scans say, leg by leg; a label is no parcel."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.vocabulary import Air, ExceptionCause, Step
from service.domain.parcel import Reading, Scan, Waybill, folded, held_by, parcel_of, warm_for
from tests.domain.any_facts import ALWAYS_THE_SAME
from tests.domain.builders import at, parcel, reading, scan, trouble

DEVICES = (None, "A", "B")


def test_a_label_and_a_report_of_trouble_ship_nothing() -> None:
    tracked = parcel(scan(1, Step.LABEL_CREATED), trouble(2, ExceptionCause.DELAYED))

    assert tracked.shipped_at is None
    assert tracked.legs[0].labelled_at == at(1)


def test_the_first_physical_scan_ships_even_if_the_pickup_was_never_scanned() -> None:
    assert parcel(scan(9, Step.ARRIVED), scan(5, Step.DEPARTED)).shipped_at == at(5)


def test_the_hub_is_not_the_buyer() -> None:
    at_hub = parcel(scan(10, Step.PICKED_UP), scan(90, Step.DELIVERED), legs=2)

    assert at_hub.delivered_at is None
    assert at_hub.legs[0].delivered_at == at(90)


def test_an_order_in_two_parcels_is_delivered_when_both_are() -> None:
    waybills = [Waybill("sf", "A"), Waybill("sf", "B")]
    first = [Scan("sf", "A", at(50), Step.DELIVERED), Scan("sf", "B", at(20), Step.PICKED_UP)]
    second = Scan("sf", "B", at(70), Step.DELIVERED)

    assert parcel_of(waybills, first).delivered_at is None
    assert parcel_of(waybills, [*first, second]).delivered_at == at(70)


def test_a_label_that_never_became_a_parcel_delays_no_delivery() -> None:
    waybills = [Waybill("sf", "A"), Waybill("sf", "B")]

    assert parcel_of(waybills, [Scan("sf", "B", at(70), Step.DELIVERED)]).delivered_at == at(70)


def test_scans_of_other_parcels_are_not_this_ones() -> None:
    assert parcel_of([Waybill("sf", "A")], [Scan("sf", "Z", at(1), Step.DELIVERED)]).shipped_at is None


def test_trouble_counts_as_news_of_a_parcel() -> None:
    tracked = parcel(scan(10, Step.PICKED_UP), trouble(30, ExceptionCause.WEATHER))

    assert tracked.last_scan_at == at(30)


def test_a_reading_and_an_unknown_code_ship_nothing_and_are_no_news_of_the_parcel() -> None:
    unknown = Scan("sf", "SF-1", at(50), None)
    tracked = parcel_of([Waybill("sf", "SF-1")], [unknown, Scan("sf", "SF-1", at(40), None, celsius=4)])

    assert (tracked.shipped_at, tracked.last_scan_at) == (None, None)
    assert tracked.legs[0].readings == (Reading(at(40), 4),)


def test_readings_are_in_the_order_of_time_and_each_is_there_once() -> None:
    told = parcel(reading(3, 9), reading(1, 4, Air.RETURN), reading(1, 4, Air.SUPPLY), reading(3, 9)).legs[0]

    assert told.readings == (Reading(at(1), 4, Air.RETURN), Reading(at(1), 4, Air.SUPPLY), Reading(at(3), 9))
    assert told.warm_readings == (Reading(at(1), 4, Air.RETURN), Reading(at(3), 9))


def test_an_order_without_a_waybill_has_nothing_to_say() -> None:
    nothing = parcel_of([], [])

    assert (nothing.shipped_at, nothing.delivered_at, nothing.last_scan_at) == (None, None, None)


def test_time_above_the_limit_runs_to_the_next_reading() -> None:
    readings = [Reading(at(1), 9), Reading(at(3), 12), Reading(at(4), 8), Reading(at(9), 20)]

    assert warm_for(held_by(readings), 8) == (20, timedelta(hours=3))


def test_of_two_devices_each_has_its_own_series_and_the_worst_counts() -> None:
    warm = [Reading(at(hour), 12, device="in the middle") for hour in (1, 5, 9)]
    cold = [Reading(at(hour), 2, device="at the wall") for hour in (2, 6, 10)]
    shortly = [Reading(at(3), 20, device="at the door"), Reading(at(4), 2, device="at the door")]
    readings = sorted([*warm, *cold, *shortly], key=lambda r: r.at)

    assert warm_for(held_by(readings), 8) == (20, timedelta(hours=8))
    assert warm_for(held_by(cold), 8) == (None, timedelta())


def test_the_same_degree_of_two_devices_at_one_time_is_two_readings() -> None:
    told = parcel(reading(1, 9, device="A"), reading(1, 9, device="B"), reading(1, 9, device="A")).legs[0]

    assert told.readings == (Reading(at(1), 9, device="A"), Reading(at(1), 9, device="B"))


def test_nothing_above_the_limit_is_not_warm() -> None:
    assert warm_for(held_by([Reading(at(1), 8)]), 8) == (None, timedelta())


hours, degrees = st.integers(0, 2_000).map(lambda tenth: tenth / 10), st.integers(-20, 40).map(lambda half: half / 2)
readings_of_some = st.builds(
    lambda hour, celsius, air, device: reading(hour, celsius, air, device=device),
    hours,
    degrees,
    st.none() | st.sampled_from(Air),
    st.sampled_from(DEVICES),
)


@ALWAYS_THE_SAME
@given(readings=st.lists(readings_of_some, max_size=40), limit=degrees)
def test_folded_readings_say_of_any_limit_what_the_readings_say(readings: list[Scan], limit: float) -> None:
    whole = parcel(*readings)
    [kept] = folded(whole).legs
    warm = whole.legs[0].warm_readings
    longest = max(plainly_above([r for r in warm if r.device == device], limit) for device in DEVICES)

    peak, above = warm_for(kept.warmth, limit)

    assert peak == max((r.celsius for r in warm if r.celsius > limit), default=None)
    assert above == longest
    assert (kept.readings, bool(kept.warmth)) == ((), bool(warm))
    assert folded(folded(whole)) == folded(whole)


def plainly_above(series: list[Reading], limit: float) -> timedelta:
    """How long a device's own readings stayed above a limit, each counted up to the next."""
    times = [r.at for r in series[1:]] + [r.at for r in series[-1:]]
    return sum((until - r.at for r, until in zip(series, times, strict=True) if r.celsius > limit), timedelta())
