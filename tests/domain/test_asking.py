"""A provider is asked after silence, ever more rarely, and at once where money waits."""

from datetime import timedelta

from service.domain.asking import GIVEN_UP_AFTER, Asking, Pace, jitter_of, next_question_at
from tests.domain.builders import at

PACE = Pace(silence=timedelta(hours=12), least=timedelta(minutes=30), jitter=timedelta(minutes=7))


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
    assert next_question_at(Asking(at(1), at(0), wanted=True), PACE) == at(1)
    assert next_question_at(Asking(at(1), at(0), wanted=True, asked_at=at(0.75)), PACE) == at(1.25)
    assert next_question_at(Asking(at(9), at(0), wanted=True, ended=True, asked_at=at(1)), PACE) == at(9)


def test_a_parcel_that_ended_was_refused_or_is_long_silent_is_asked_about_no_more() -> None:
    assert next_question_at(Asking(at(50), at(0), ended=True), PACE) is None
    assert next_question_at(Asking(at(50), at(0), refused_at=at(1)), PACE) is None
    assert next_question_at(Asking(at(0) + GIVEN_UP_AFTER + timedelta(hours=1), at(0)), PACE) is None


def test_news_after_a_refusal_allow_another_question() -> None:
    assert next_question_at(Asking(at(50), at(40), refused_at=at(1)), PACE) == at(52) + PACE.jitter


def test_parcels_are_spread_over_the_hour_and_each_keeps_its_place() -> None:
    places = {jitter_of(f"SF SF{n}", timedelta(hours=1)) for n in range(200)}

    assert len(places) > 150
    assert max(places) < timedelta(hours=1)
    assert jitter_of("SF SF1", timedelta(hours=1)) == jitter_of("SF SF1", timedelta(hours=1))
