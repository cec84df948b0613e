"""Force majeure stops clocks: what was due is due later by as long as they stood, to the second."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.domain.suspensions import Clock, Suspension, due_after, ran, told
from tests.domain.any_facts import ALWAYS_THE_SAME
from tests.domain.builders import at

ALL = tuple(Clock)


def stop(starts: float, ends: float, *clocks: Clock, entry: str = "2026-03-02-typhoon") -> Suspension:
    """An entry that stops clocks (all of them unless named) between two hours."""
    return Suspension(entry, "台风", clocks or ALL, at(starts), at(ends))


def due(start: float, hours: float, *entries: Suspension) -> float:
    """The hour at which a shipping clock that starts at `start` has run for so many hours."""
    return (due_after(at(start), timedelta(hours=hours), Clock.SHIP_BY, entries) - at(0)) / timedelta(hours=1)


def test_a_clock_is_due_later_by_the_time_it_stood() -> None:
    assert due(0, 48) == 48
    assert due(0, 48, stop(10, 34)) == 72
    assert due(0, 48, stop(-20, 4)) == 52
    assert due(0, 48, stop(40, 60)) == 68
    assert due(0, 48, stop(50, 60)) == 48


def test_a_stop_that_begins_where_the_deadline_was_moved_to_counts_too() -> None:
    assert due(0, 48, stop(10, 20), stop(55, 65)) == 68
    assert due(0, 48, stop(48, 60)) == 60


def test_entries_that_overlap_count_once_and_other_clocks_run_on() -> None:
    assert due(0, 48, stop(10, 30), stop(20, 40)) == 78
    assert due(0, 48, stop(10, 30, Clock.PROMISE)) == 48


def test_what_extended_a_deadline_is_named() -> None:
    said = told(at(0), at(72), Clock.SHIP_BY, [stop(10, 34)])

    assert said == ", extended for 台风 (2026-03-01 18:00 +08:00 to 2026-03-02 18:00 +08:00)"
    assert told(at(40), at(88), Clock.SHIP_BY, [stop(10, 34)]) == ""


spans = st.tuples(st.integers(-100, 300), st.integers(1, 100)).map(lambda s: stop(s[0], s[0] + s[1]))


@ALWAYS_THE_SAME
@given(st.lists(spans, max_size=5), st.integers(0, 200), st.integers(1, 200), st.integers(0, 900))
def test_an_hour_is_beyond_the_deadline_if_and_only_if_the_clock_ran_longer_than_allowed(
    entries: list[Suspension], start: int, allowed: int, hour: int
) -> None:
    end = max(hour, start)

    beyond = at(end) > due_after(at(start), timedelta(hours=allowed), Clock.SHIP_BY, entries)

    assert beyond == (ran(at(start), at(end), Clock.SHIP_BY, entries) > timedelta(hours=allowed))
