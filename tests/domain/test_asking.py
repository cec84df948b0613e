"""A provider is asked after silence, ever more rarely, and at once where money waits."""

from dataclasses import replace
from datetime import datetime, timedelta

from service.domain.asking import (
    GIVEN_UP_AFTER,
    SPARES_A_PERSON,
    Asking,
    Pace,
    jitter_of,
    may_be_asked,
    next_question_at,
    put_to,
    wanted_in_vain,
)
from tests.domain.builders import at

PACE = Pace(
    silence=timedelta(hours=12), least=timedelta(minutes=30), jitter=timedelta(minutes=7), confirm=timedelta(hours=6)
)


def test_a_parcel_is_asked_about_once_its_silence_has_lasted() -> None:
    assert next_question_at(Asking(as_of=at(1), heard_at=at(0)), PACE) == at(12) + PACE.jitter


def test_each_question_that_brings_nothing_doubles_the_pause_up_to_a_day() -> None:
    pauses = []
    for fruitless in range(5):
        due_at = next_question_at(Asking(at(100), at(0), asked_at=at(100), fruitless=fruitless), PACE)
        assert due_at is not None
        pauses.append((due_at - at(100) - PACE.jitter) / timedelta(hours=1))

    assert pauses == [12, 24, 24, 24, 24]


def test_money_that_waits_is_asked_for_at_once_but_never_sooner_than_the_provider_allows() -> None:
    assert next_question_at(Asking(at(1), at(0), wanted_at=at(1)), PACE) == at(1)
    assert next_question_at(Asking(at(1), at(0), wanted_at=at(1), asked_at=at(0.75)), PACE) == at(1.25)
    assert next_question_at(Asking(at(9), at(0), wanted_at=at(8), ended=True, asked_at=at(1)), PACE) == at(9)


def test_while_money_waits_and_nobody_answers_each_pause_is_twice_the_one_before() -> None:
    asked: list[datetime] = []
    now = at(0)
    while (now - at(0)) < timedelta(days=2):
        due_at = next_question_at(
            Asking(now, at(0), at(0), ended=True, asked_at=asked[-1] if asked else None, fruitless=len(asked)), PACE
        )
        if due_at is None:
            break
        asked.append(due_at)
        now = due_at

    assert [(one - at(0)) / timedelta(hours=1) for one in asked] == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert wanted_in_vain(Asking(now, at(0), at(0)), PACE)


def test_after_the_hours_that_money_waits_and_a_day_it_is_asked_for_no_more() -> None:
    last = at(6) + SPARES_A_PERSON
    in_time = Asking(last, at(0), at(0), ended=True, asked_at=at(1))

    assert next_question_at(in_time, PACE) == last
    assert next_question_at(replace(in_time, as_of=last + timedelta(seconds=1)), PACE) is None


def test_a_parcel_that_ended_or_is_long_silent_is_asked_about_no_more() -> None:
    assert next_question_at(Asking(at(50), at(0), ended=True), PACE) is None
    assert next_question_at(Asking(at(0) + GIVEN_UP_AFTER + timedelta(hours=1), at(0)), PACE) is None


def test_after_a_no_for_good_the_next_may_be_asked_at_once_until_the_last_has_said_no() -> None:
    refused = Asking(at(50), at(0), at(49), asked="a", asked_at=at(49), refused_at=at(49.1))
    other_asked = Asking(at(50), at(0), at(49), asked="b", asked_at=at(49.5), refused_at=at(49.1))
    both_refused = Asking(at(50), at(0), at(49), asked="b", asked_at=at(49.5), refused_at=at(49.6))

    assert may_be_asked("abc", refused) == "bc"
    assert next_question_at(put_to("b", refused), PACE) == at(50)
    assert may_be_asked("abc", other_asked) == "bc"
    assert next_question_at(put_to("b", Asking(at(49.6), at(0), at(49), asked="b", asked_at=at(49.5))), PACE) == at(50)
    assert may_be_asked("ab", both_refused) == ""


def test_news_after_a_refusal_allow_another_question() -> None:
    heard = Asking(at(50), at(40), asked="a", asked_at=at(1), refused_at=at(1))

    assert may_be_asked("ab", heard) == "ab"
    assert next_question_at(put_to("a", heard), PACE) == at(52) + PACE.jitter


def test_parcels_are_spread_over_the_hour_and_each_keeps_its_place() -> None:
    places = {jitter_of(f"SF SF{n}", timedelta(hours=1)) for n in range(200)}

    assert len(places) > 150
    assert max(places) < timedelta(hours=1)
    assert jitter_of("SF SF1", timedelta(hours=1)) == jitter_of("SF SF1", timedelta(hours=1))
