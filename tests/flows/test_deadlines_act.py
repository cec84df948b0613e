"""Fake shipment, trouble on the way and force majeure act by themselves, once, and a late scan takes charges back."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.vocabulary import ExceptionCause, Party, Step
from service.domain.parcel import Scan, Waybill
from service.domain.postings import carrier_receivable, farmer_available, farmer_held
from service.domain.suspensions import Clock, ForceMajeure, Suspension
from service.policies.library import PolicyFault
from service.store import suspensions
from service.wiring import parts as parts_of
from tests.builders import CARRIER, FARMER, Season, ago, journey, newer, order, scan
from tests.conftest import do_all_work

RECEIPTS = "SELECT order_id, result FROM decisions JOIN claims USING (claim_id) WHERE kind = 'decision'"
AGE = "UPDATE waybills SET uploaded_at = uploaded_at - %s::interval"
ROAD = ((40, Step.PICKED_UP), (38, Step.DEPARTED), (30, Step.ARRIVED), (29, Step.DEPARTED))


def road(*more: tuple[float, Step], number: str = "order-1", older: float = 0) -> list[Scan]:
    """A parcel that left its first hub, `older` hours earlier if asked, and what was scanned after that."""
    left = [scan(number, step, hours + older) for hours, step in ROAD]
    return left + [scan(number, step, hours) for hours, step in more]


def claims_of(season: Season) -> list[dict[str, Any]]:
    return season.rows("SELECT cause, guarantee, status, granted FROM claims WHERE opened_by = 'system' ORDER BY cause")


def again(season: Season) -> None:
    """Let everything that waits come due, and be done."""
    season.hasten()
    do_all_work(season.parts)


def entry(name: str = "2026-11-20-snow", *, starts: float, ends: float, regions: tuple[str, ...]) -> ForceMajeure:
    """An entry that stops every clock of some regions between two hours ago."""
    suspension = Suspension(name, "暴雪", tuple(Clock), ago(starts), ago(ends))
    return ForceMajeure(f"hash of {name}", suspension, regions, name)


def publish(season: Season, *entries: ForceMajeure) -> None:
    with season.parts.db.transaction() as conn:
        suspensions.publish(conn, entries)


def test_a_label_without_a_parcel_is_compensated_a_day_after_it_was_uploaded(season: Season) -> None:
    season.put(order(paid_hours_ago=30))
    again(season)
    assert claims_of(season) == []

    season.rows(AGE, "25 hours")
    for _ in range(3):
        again(season)

    assert claims_of(season) == [
        {"cause": "not_shipped", "guarantee": "fake_shipment", "status": "approved", "granted": 300}
    ]
    assert season.balance(farmer_held(FARMER)) == 1990 - 300


def test_a_waybill_keeps_its_hour_while_later_versions_of_the_order_name_it(season: Season) -> None:
    first = order(paid_hours_ago=30)
    season.put(first)
    season.rows(AGE, "25 hours")

    season.put(newer(first, waybills=(Waybill(CARRIER, "order-1"), Waybill(CARRIER, "another"))))

    ages = season.rows("SELECT number, now() - uploaded_at > interval '1 hour' AS old FROM waybills ORDER BY number")
    assert ages == [{"number": "another", "old": False}, {"number": "order-1", "old": True}]


def test_a_parcel_that_never_moved_is_found_from_its_scan_alone(season: Season) -> None:
    season.put(order(paid_hours_ago=40), scan("order-1", Step.PICKED_UP, 25))
    do_all_work(season.parts)

    assert [(c["guarantee"], c["granted"]) for c in claims_of(season)] == [("fake_shipment", 300)]


def test_a_missed_deadline_and_a_fake_shipment_of_one_parcel_are_one_fault(season: Season) -> None:
    season.put(order(paid_hours_ago=60))
    do_all_work(season.parts)
    season.hear(scan("order-1", Step.PICKED_UP, 25))
    for _ in range(2):
        again(season)

    assert [(c["cause"], c["granted"]) for c in claims_of(season)] == [("not_shipped", 300)]


def test_late_shipping_and_late_travel_are_two_faults_of_two_parties(season: Season) -> None:
    season.put(order(paid_hours_ago=200))
    season.hear(*road((100, Step.DEPARTED), (80, Step.DEPARTED), (60, Step.DEPARTED), (50, Step.DELIVERED), older=90))
    do_all_work(season.parts)

    assert [(c["cause"], c["granted"]) for c in claims_of(season)] == [("late", 300), ("not_shipped", 300)]
    assert season.balance(farmer_held(FARMER)) + season.balance(farmer_available(FARMER)) == 1990 - 300
    assert season.balance(carrier_receivable(CARRIER)) == -300


def test_trouble_grows_day_by_day_and_the_difference_is_paid(season: Season) -> None:
    season.put(order(paid_hours_ago=120), *road(older=73))
    do_all_work(season.parts)
    before = claims_of(season)
    season.rows("UPDATE orders SET paid_at = paid_at - interval '60 hours'")
    season.rows("UPDATE tracking_events SET event_time = event_time - interval '60 hours'")
    again(season)

    assert [c["granted"] for c in before] == [500]
    assert [c["granted"] for c in claims_of(season)] == [2000]
    assert season.rows("SELECT subsidised, compensated FROM orders") == [{"subsidised": 2000, "compensated": 0}]


@pytest.mark.parametrize("cause", [ExceptionCause.LOST])
def test_a_reported_loss_is_compensated_at_once_and_charged_to_the_carrier(
    season: Season, cause: ExceptionCause
) -> None:
    season.put(order(paid_hours_ago=45), *road(), scan("order-1", Step.EXCEPTION, 1, cause))
    do_all_work(season.parts)

    assert [(c["guarantee"], c["granted"]) for c in claims_of(season)] == [("logistics_trouble", 2000)]
    assert season.balance(carrier_receivable(CARRIER)) == -2000


def test_a_scan_that_proves_the_parcel_moved_takes_the_carriers_charge_back_and_the_buyer_keeps_the_coupon(
    season: Season,
) -> None:
    season.put(order(paid_hours_ago=65), *road(older=20))
    do_all_work(season.parts)
    charged = season.balance(carrier_receivable(CARRIER))
    season.hear(scan("order-1", Step.DEPARTED, 20))
    do_all_work(season.parts)

    [claim] = season.rows("SELECT claim_id, granted FROM claims")
    [share] = season.read(claim["claim_id"])["liability"]
    assert (charged, season.balance(carrier_receivable(CARRIER)), claim["granted"]) == (-300, 0, 300)
    assert share["party"] == Party.PLATFORM


def test_a_parcel_in_order_has_no_claims_and_at_its_end_nothing_watches_it(season: Season) -> None:
    season.put(order(), *journey(picked_up=30, delivered=10))
    do_all_work(season.parts)

    assert claims_of(season) == []
    assert season.rows("SELECT work_id FROM work WHERE kind = 'check_shipping'") == []


def test_an_order_has_one_step_that_waits_for_its_next_clock(season: Season) -> None:
    first = order(paid_hours_ago=30)
    season.put(first)
    for _ in range(3):
        first = newer(first)
        season.put(first)
        season.hear(scan("order-1", Step.PICKED_UP, 20 - first.version))
    do_all_work(season.parts)

    [waiting] = season.rows("SELECT due_at FROM work WHERE kind = 'check_shipping'")
    assert abs(waiting["due_at"] - ago(18 - 24)) < timedelta(hours=2)


def test_force_majeure_extends_a_deadline_by_the_time_it_stood_and_the_receipt_names_it(season: Season) -> None:
    publish(season, entry(starts=55, ends=31, regions=("浙江",)))
    season.put(order("within", paid_hours_ago=60))
    season.put(order("beyond", paid_hours_ago=80))
    season.put(order("elsewhere", paid_hours_ago=60, province="四川省"))
    do_all_work(season.parts)

    told = {row["order_id"]: row["result"] for row in season.rows(RECEIPTS)}
    assert told.keys() == {"beyond", "elsewhere"}
    assert "extended for 暴雪 (" in told["beyond"]
    assert "extended" not in told["elsewhere"]


def test_force_majeure_that_is_declared_afterwards_takes_charges_back_and_no_compensation(season: Season) -> None:
    season.put(order(paid_hours_ago=60))
    do_all_work(season.parts)
    charged = season.balance(farmer_held(FARMER))

    publish(season, entry(starts=50, ends=-10, regions=("33",)))
    season.rows("UPDATE orders SET region = '3301'")
    publish(season, entry("2026-11-21-more-snow", starts=50, ends=-10, regions=("3301",)))
    do_all_work(season.parts)

    assert (charged, season.balance(farmer_held(FARMER))) == (1690, 1990)
    assert [c["granted"] for c in claims_of(season)] == [300]
    [share] = season.rows("SELECT because FROM charges WHERE party = 'platform'")
    assert share["because"].startswith("not overdue after all, extended for 暴雪 (")


def test_an_entry_that_was_edited_after_publication_stops_the_start(season: Season) -> None:
    publish(season, entry(starts=50, ends=10, regions=("33",)))
    edited = ForceMajeure("another hash", entry(starts=50, ends=0, regions=("33",)).suspension, ("33",), "edited")

    with season.parts.db.transaction() as conn:
        assert suspensions.edited(conn, [edited]) == ["2026-11-20-snow"]
    assert issubclass(PolicyFault, parts_of.START_FAULTS)


def test_a_person_who_ruled_on_a_claim_of_the_system_is_not_asked_again(season: Season) -> None:
    season.put(order(), scan("order-1", Step.PICKED_UP, 62), scan("order-1", Step.DEPARTED, 5))
    do_all_work(season.parts)
    assert claims_of(season) == []

    season.rows("UPDATE orders SET paid_at = paid_at - interval '30 hours', status = 'out_of_stock'")
    season.rows("DELETE FROM tracking_events")
    season.rows("INSERT INTO work (kind, subject_id) VALUES ('check_shipping', 'order-1')")
    do_all_work(season.parts)
    season.rows("UPDATE orders SET compensated = 0, compensated_by = NULL")
    season.rows("UPDATE claims SET status = 'in_review'")
    season.rows("""UPDATE claims SET status = 'rejected', ruling = '{"by": "Zhou", "amount": 0, "reason": "no"}'""")
    season.rows("INSERT INTO work (kind, subject_id) VALUES ('check_shipping', 'order-1')")
    do_all_work(season.parts)

    assert len(claims_of(season)) == 1
