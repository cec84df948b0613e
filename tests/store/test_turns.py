"""Who has a turn when: decisions before what comes after them, and what waits long before a backlog of decisions."""

from collections.abc import Sequence

import pytest

from service.flows.run_work import Step, go_round
from service.queues import Kind, Queue
from service.store import work
from service.store.work import WorkItem
from tests.builders import Season


def noted_steps(season: Season) -> tuple[list[tuple[Kind, int]], dict[Kind, Step]]:
    """Return steps that only finish what they get, and where they note how much."""
    done: list[tuple[Kind, int]] = []

    def step(items: Sequence[WorkItem]) -> None:
        done.append((items[0].kind, len(items)))
        with season.parts.db.transaction() as conn:
            work.finish(conn, items)

    return done, dict.fromkeys(Kind, step)


def test_decisions_have_their_turn_before_each_batch_of_what_comes_after_them(season: Season) -> None:
    waiting = (Kind.DECIDE_CLAIM, Kind.ATTRIBUTE_CLAIM, Kind.RELEASE_SALE)
    with season.parts.db.transaction() as conn:
        for kind in waiting:
            work.add(conn, kind, [f"{kind} {n:03}" for n in range(120)])
    done, steps = noted_steps(season)

    rounds = [go_round(season.parts.db, Queue.DECISIONS, waiting, steps) for _ in range(4)]

    decide, attribute, release = waiting
    assert done[:4] == [(decide, 100), (decide, 20), (attribute, 50), (release, 50)]
    assert done[4:] == [(attribute, 50), (release, 50), (attribute, 20), (release, 20)]
    assert rounds == [220, 100, 40, 0]


def test_a_backlog_of_decisions_goes_first_until_what_comes_after_has_waited_long(season: Season) -> None:
    decide, attribute = waiting = (Kind.DECIDE_CLAIM, Kind.ATTRIBUTE_CLAIM)
    with season.parts.db.transaction() as conn:
        work.add(conn, decide, [f"claim {n:04}" for n in range(1000)])
        work.add(conn, attribute, ["granted"])
    done, steps = noted_steps(season)

    go_round(season.parts.db, Queue.DECISIONS, waiting, steps)
    assert done == [(decide, 100)] * 4

    season.rows("UPDATE work SET due_at = now() - interval '11 seconds' WHERE subject_id = 'granted'")
    go_round(season.parts.db, Queue.DECISIONS, waiting, steps)
    assert done[4:] == [(decide, 100)] * 4 + [(attribute, 1)] + [(decide, 100)] * 2


def test_where_nothing_comes_after_a_backlog_nothing_is_asked(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = Kind.INSPECT_EVIDENCE
    with season.parts.db.transaction() as conn:
        work.add(conn, photos, [f"photo {n}" for n in range(10)])
    done, steps = noted_steps(season)
    monkeypatch.setattr(work, "due_kinds", lambda *_: pytest.fail("a queue of one kind has nothing to ask for"))

    assert go_round(season.parts.db, Queue.PHOTOS, (photos,), steps) == 4
    assert done == [(photos, 1)] * 4
