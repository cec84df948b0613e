"""The work table: each step is held by one, finished by its holder alone, and set aside when it keeps failing."""

from datetime import timedelta

import pytest

from service.flows.run_work import drain, run_due
from service.queues import TERMS, Kind
from service.store import gauges, work
from service.store.database import DatabaseUnavailable
from service.store.work import WorkItem
from tests.builders import Season, ago

KIND = Kind.FOLLOW_PARCEL
CAP = TERMS[KIND].attempts_cap


def due(season: Season, *subjects: str) -> None:
    with season.parts.db.transaction() as conn:
        work.add(conn, KIND, subjects)


def leased(season: Season) -> list[WorkItem]:
    with season.parts.db.autocommit() as conn:
        return work.lease(conn, KIND)


def rows(season: Season) -> list[dict[str, object]]:
    return season.rows(
        """
        SELECT subject_id, attempts, lease_id IS NOT NULL AS leased, parked_at IS NOT NULL AS parked, last_error,
            due_at <= now() AS due
        FROM work
        ORDER BY work_id
        """
    )


def expire_leases(season: Season) -> None:
    season.rows("UPDATE work SET due_at = now() - interval '1 second' WHERE lease_id IS NOT NULL")


def finish(season: Season, items: list[WorkItem]) -> None:
    with season.parts.db.transaction() as conn:
        work.finish(conn, items)


def test_a_step_is_leased_to_one_of_two_even_while_both_ask(season: Season) -> None:
    due(season, *(f"parcel {n:02}" for n in range(70)))
    with season.parts.db.transaction() as one, season.parts.db.transaction() as other:
        first, second = work.lease(one, KIND), work.lease(other, KIND)

    assert (len(first), len(second)) == (50, 20)
    assert not {item.work_id for item in first} & {item.work_id for item in second}
    assert leased(season) == []


def test_the_longest_due_is_leased_first(season: Season) -> None:
    due(season, *(f"parcel {n:02}" for n in range(60)))
    season.rows("UPDATE work SET due_at = now() - interval '1 hour' WHERE subject_id = 'parcel 59'")

    assert "parcel 59" in {item.subject_id for item in leased(season)}


def test_a_step_due_later_is_not_leased(season: Season) -> None:
    with season.parts.db.transaction() as conn:
        work.add(conn, KIND, ["parcel"], ago(-1))

    assert leased(season) == []


def test_who_lost_the_lease_can_neither_finish_nor_hold_nor_change_the_step(season: Season) -> None:
    due(season, "parcel")
    [late] = leased(season)
    expire_leases(season)
    [holder] = leased(season)

    with season.parts.db.transaction() as conn:
        assert work.finish(conn, [late]) == []
        assert work.hold(conn, [late]) == []
        work.fail(conn, late, "too late", 5)
        work.park(conn, late, "too late")
        work.put_back(conn, [late])
    with season.parts.db.transaction() as conn:
        assert work.hold(conn, [holder]) == [holder]
        assert work.finish(conn, [holder]) == [holder]
    assert rows(season) == []


def test_of_a_batch_only_the_steps_still_held_are_finished(season: Season) -> None:
    due(season, "lost", "kept")
    batch = leased(season)
    season.rows("UPDATE work SET due_at = now() - interval '1 second' WHERE subject_id = 'lost'")
    leased(season)

    with season.parts.db.transaction() as conn:
        assert [item.subject_id for item in work.finish(conn, batch)] == ["kept"]
    assert [row["subject_id"] for row in rows(season)] == ["lost"]


def test_putting_back_costs_no_attempt(season: Season) -> None:
    due(season, "parcel")
    with season.parts.db.transaction() as conn:
        work.put_back(conn, leased(season), pause=timedelta(hours=1))

    [row] = rows(season)
    assert (row["attempts"], row["leased"], row["due"]) == (0, False, False)


def test_a_failure_waits_then_parks_at_the_cap_and_a_person_can_retry_it(season: Season) -> None:
    due(season, "parcel")
    for attempt in range(1, CAP + 1):
        [item] = leased(season)
        assert item.attempts == attempt
        with season.parts.db.transaction() as conn:
            work.fail(conn, item, "the scan is not readable", pause_seconds=60)
        assert leased(season) == []
        season.rows("UPDATE work SET due_at = now() WHERE parked_at IS NULL")
    with season.parts.db.transaction() as conn:
        [parked] = work.parked(conn)
        assert (parked["subject_id"], parked["last_error"]) == ("parcel", "the scan is not readable")
        assert work.due_kinds(conn) == []
        assert work.retry(conn, parked["work_id"])
        assert not work.retry(conn, parked["work_id"])
    assert [item.attempts for item in leased(season)] == [1]


def test_a_step_whose_workers_all_died_is_parked_by_the_sweeper(season: Season) -> None:
    due(season, "parcel")
    for _ in range(CAP):
        assert leased(season)
        expire_leases(season)

    assert leased(season) == []
    with season.parts.db.transaction() as conn:
        assert work.park_exhausted(conn) == 1
    assert rows(season)[0]["last_error"] == "its worker died at every attempt"


def test_a_step_at_its_last_attempt_is_not_parked_while_it_is_held(season: Season) -> None:
    due(season, "parcel")
    season.rows("UPDATE work SET attempts = %s", CAP - 1)
    leased(season)

    with season.parts.db.transaction() as conn:
        assert work.park_exhausted(conn) == 0


def test_one_poisoned_step_in_fifty_does_not_hold_up_the_rest(season: Season) -> None:
    due(season, *(f"parcel {n:02}" for n in range(50)))

    def step(items: list[WorkItem]) -> None:
        with season.parts.db.transaction() as conn:
            work.finish(conn, items)
            if any(item.subject_id == "parcel 25" for item in items):
                conn.execute("SELECT 1 / 0")

    run_due(season.parts.db, KIND, lambda items: step(list(items)))

    [poison] = rows(season)
    assert (poison["subject_id"], poison["attempts"], poison["leased"]) == ("parcel 25", 1, False)
    assert str(poison["last_error"]).startswith("DivisionByZero")


def test_a_statement_that_postgres_cannot_take_poisons_its_own_step_alone(season: Season) -> None:
    due(season, "sound", "poison")

    def step(items: list[WorkItem]) -> None:
        with season.parts.db.transaction() as conn:
            work.finish(conn, items)
            if any(item.subject_id == "poison" for item in items):
                conn.execute("SELECT array_fill(0, ARRAY[100000, 100000])")

    run_due(season.parts.db, KIND, lambda items: step(list(items)))

    assert [row["subject_id"] for row in rows(season)] == ["poison"]


def test_draining_does_all_that_is_due_and_ends_while_a_step_keeps_coming_back(season: Season) -> None:
    due(season, *(f"parcel {n:03}" for n in range(120)))
    assert drain(season.parts.db, KIND, lambda items: finish(season, list(items))) == 120

    due(season, "again")

    def put_back(items: list[WorkItem]) -> None:
        with season.parts.db.transaction() as conn:
            work.put_back(conn, items)

    assert drain(season.parts.db, KIND, lambda items: put_back(list(items)), most_batches=7) == 7


def test_a_transaction_that_dies_halfway_leaves_the_step_for_the_next_holder(season: Season) -> None:
    due(season, "parcel")
    held = leased(season)

    def finish_and_die() -> None:
        with season.parts.db.transaction() as conn:
            work.finish(conn, held)
            conn.pgconn.finish()
            conn.execute("SELECT 1")

    with pytest.raises(DatabaseUnavailable):
        finish_and_die()
    expire_leases(season)
    assert [item.attempts for item in leased(season)] == [2]


def test_kinds_are_told_by_what_is_due_and_for_how_long(season: Season) -> None:
    with season.parts.db.transaction() as conn:
        work.add(conn, Kind.DECIDE_CLAIM, ["fresh"])
        work.add(conn, Kind.REFUND_BUYER, ["old"])
        work.add(conn, Kind.PAY_FARMER, ["parked"])
    season.rows("UPDATE work SET due_at = now() - interval '31 seconds' WHERE subject_id = 'old'")
    season.rows("UPDATE work SET parked_at = now() WHERE subject_id = 'parked'")

    with season.parts.db.transaction() as conn:
        assert set(work.due_kinds(conn)) == {Kind.DECIDE_CLAIM, Kind.REFUND_BUYER}
        assert work.due_kinds(conn, 30) == [Kind.REFUND_BUYER]
        backlog = {row["kind"]: (row["due"], row["parked"]) for row in gauges.backlog(conn)}
    assert {kind: steps for kind, steps in backlog.items() if any(steps)} == {
        "decide_claim": (1, 0),
        "refund_buyer": (1, 0),
        "pay_farmer": (0, 1),
    }


def test_a_step_put_back_until_its_time_drops_its_twins_that_are_due_later_and_nothing_else(season: Season) -> None:
    due(season, "other", "parcel")
    [_, item] = leased(season)
    with season.parts.db.transaction() as conn:
        work.add(conn, KIND, ["parcel"])
        work.add(conn, KIND, ["parcel", "other"], ago(-1))
        work.put_back_until(conn, {item: ago(-2)})

    assert sorted((str(row["subject_id"]), row["leased"], row["due"]) for row in rows(season)) == [
        ("other", False, False),
        ("other", True, False),
        ("parcel", False, False),
        ("parcel", False, True),
    ]


def test_of_two_steps_with_one_subject_that_are_put_back_one_stays(season: Season) -> None:
    due(season, "parcel", "another")
    season.rows("UPDATE work SET subject_id = 'parcel'")
    first, second = leased(season)
    with season.parts.db.transaction() as conn:
        work.put_back_until(conn, {second: ago(-1), first: ago(-2)})

    assert [row["work_id"] for row in season.rows("SELECT work_id FROM work")] == [second.work_id]


def test_twins_are_dropped_within_a_time_and_what_lies_behind_it_stays(season: Season) -> None:
    due(season, "parcel")
    [item] = leased(season)
    with season.parts.db.transaction() as conn:
        for hours in (1, 3):
            work.add(conn, KIND, ["parcel"], ago(-hours))
        work.put_back(conn, [item], pause=timedelta(hours=2))
        work.drop_later_twins(conn, [item], within=timedelta(hours=2))

    left = season.rows("SELECT round(extract(epoch FROM due_at - now()) / 3600) AS hours FROM work ORDER BY due_at")
    assert [int(row["hours"]) for row in left] == [2, 3]
