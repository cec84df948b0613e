"""Orders come again and again as they change; the sale follows, and nothing already granted is undercut."""

from dataclasses import replace

from service.domain.parcel import Waybill
from service.domain.postings import farmer_held
from service.store.orders import Upsert
from tests.builders import FARMER, Season, ago, line, newer, order
from tests.conftest import do_all_work

HELD = farmer_held(FARMER)


def test_a_first_snapshot_credits_the_farmer_the_whole_sale(season: Season) -> None:
    assert season.put(order(lines=(line(paid=1990, freight=200),))) is Upsert.CREATED
    assert season.balance(HELD) == 2190


def test_the_same_version_again_changes_nothing(season: Season) -> None:
    first = order()
    season.put(first)

    assert season.put(first) is Upsert.SAME
    assert season.balance(HELD) == 1990


def test_the_same_version_with_another_content_is_refused(season: Season) -> None:
    first = order()
    season.put(first)

    assert season.put(replace(newer(first, status="packed"), version=1)) is Upsert.DIFFERENT


def test_an_older_version_that_comes_late_is_stale(season: Season) -> None:
    first = order()
    season.put(newer(newer(first, lines=(line(paid=900),))))

    assert season.put(first) is Upsert.STALE
    assert season.balance(HELD) == 900


def test_amounts_that_change_up_and_down_credit_or_take_back_the_difference(season: Season) -> None:
    first = order()
    dearer = newer(first, lines=(line(paid=2500),))
    cheaper = newer(dearer, lines=(line(paid=1500, freight=100),))

    held = []
    for version in (first, dearer, cheaper):
        season.put(version)
        held.append(season.balance(HELD))

    assert held == [1990, 2500, 1600]
    assert [
        row["amount"] for row in season.rows("SELECT amount FROM entries WHERE account = %s ORDER BY entry_id", HELD)
    ] == [
        1990,
        510,
        -900,
    ]


def test_a_version_below_what_was_refunded_is_refused_whole(season: Season) -> None:
    first = order(paid_hours_ago=2)
    season.put(first)
    season.claim(cause="not_shipped", asked_bp=10000)
    do_all_work(season.parts)

    assert season.put(newer(first, lines=(line(paid=1989),))) is Upsert.BELOW_REFUNDED
    assert season.rows("SELECT version, total FROM orders") == [{"version": 1, "total": 1990}]


def test_a_line_with_a_claim_on_it_cannot_be_taken_out(season: Season) -> None:
    first = order(lines=(line("1"), line("2")))
    season.put(first)
    season.claim(cause="missing", line_id="2")

    assert season.put(newer(first, lines=(line("1"),))) is Upsert.LINE_IN_USE
    assert season.put(newer(first, lines=(line("2"),))) is Upsert.UPDATED


def test_a_cancelled_order_takes_the_sale_back(season: Season) -> None:
    first = order()
    season.put(first)

    assert season.put(newer(first, status="cancelled")) is Upsert.UPDATED
    assert season.balance(HELD) == season.balance("cash") == 0


def test_an_order_cannot_change_hands_or_be_paid_at_another_time(season: Season) -> None:
    first = order()
    season.put(first)

    for change in ({"buyer_id": "other"}, {"farmer_id": "other"}, {"currency": "EUR"}, {"paid_at": ago(1)}):
        assert season.put(newer(first, **change)) is Upsert.DIFFERENT


def test_a_waybill_that_comes_with_a_later_version_brings_its_scans_along(season: Season) -> None:
    first = order(waybills=())
    season.put(first)
    season.put(newer(first, waybills=(Waybill("sf", "SF1"),)))

    assert season.rows("SELECT subject_id FROM work WHERE kind = 'follow_parcel'") == [{"subject_id": "sf SF1"}]
