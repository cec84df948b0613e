"""The clocks of an order and a claim count from facts and policy."""

from dataclasses import replace
from datetime import timedelta

from schemas.vocabulary import Step
from service.domain.deadlines import response_due_at, severely_late_at, ship_by, window_closes_at
from service.domain.policy import WindowStart
from tests.domain.builders import PUBLISHED, at, facts, parcel, policy, scan, travelled

ORDER = facts().order


def test_shipping_is_due_forty_eight_hours_after_payment_or_at_an_earlier_promise() -> None:
    assert ship_by(ORDER, PUBLISHED) == at(48)
    assert ship_by(replace(ORDER, ship_by=at(20)), PUBLISHED) == at(20)
    assert ship_by(replace(ORDER, ship_by=at(90)), PUBLISHED) == at(48)


def test_a_presale_is_due_at_its_own_date_and_severe_a_day_later() -> None:
    presale = replace(ORDER, presale=True, ship_by=at(500))

    assert ship_by(presale, PUBLISHED) == at(500)
    assert severely_late_at(presale, PUBLISHED) == at(524)


def test_a_presale_without_a_date_is_an_order_like_any_other() -> None:
    presale = replace(ORDER, presale=True)

    assert (ship_by(presale, PUBLISHED), severely_late_at(presale, PUBLISHED)) == (at(48), at(72))


def test_a_window_closes_by_commodity_and_later_for_an_older_buyer() -> None:
    assert window_closes_at(ORDER, travelled(), "strawberry", False, PUBLISHED) == at(58 + 24)
    assert window_closes_at(ORDER, travelled(), "strawberry", True, PUBLISHED) == at(58 + 48)
    assert window_closes_at(ORDER, travelled(), "dragonfruit", False, PUBLISHED) == at(58 + 24)


def test_no_window_runs_before_delivery() -> None:
    assert window_closes_at(ORDER, parcel(scan(1, Step.PICKED_UP)), "strawberry", False, PUBLISHED) is None


def test_each_delivery_scan_stands_in_where_the_other_is_missing() -> None:
    from_drop = policy(rotten_guaranteed={"window_starts_at": WindowStart.STATION_DROP})
    dropped = parcel(scan(10, Step.PICKED_UP), scan(40, Step.STATION_DROP))

    assert window_closes_at(ORDER, dropped, "strawberry", False, PUBLISHED) == at(64)
    assert window_closes_at(ORDER, travelled(), "strawberry", False, from_drop) == at(82)


def test_a_farmer_has_thirty_six_hours_before_and_forty_eight_after_shipping() -> None:
    assert response_due_at(facts(opened=60), PUBLISHED) == at(60) + timedelta(hours=48)
    assert response_due_at(facts(opened=60, parcel=parcel()), PUBLISHED) == at(60) + timedelta(hours=36)


def test_a_named_answering_time_stays_as_it_was_named() -> None:
    assert response_due_at(facts(asked_at=at(60), response_due_at=at(61)), PUBLISHED) == at(61)
