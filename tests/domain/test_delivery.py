"""What an attempt means for a delivery and for its webhook: the table of retries, and who pauses."""

import pytest

from service.domain.delivery import MOST_ATTEMPTS, Attempt, Outcome, next_of, outcome_of, pause_seconds, verdict_on


def attempt(status_code: int | None, attempts: int = 1) -> Attempt:
    return Attempt("dlv_1", attempts, status_code, "" if status_code == 200 else "trouble", 5)


@pytest.mark.parametrize(
    ("status_code", "outcome"),
    [
        (200, Outcome.DELIVERED),
        (204, Outcome.DELIVERED),
        (199, Outcome.REFUSED),
        (301, Outcome.REFUSED),
        (404, Outcome.REFUSED),
        (410, Outcome.GONE),
        (500, Outcome.REFUSED),
        (None, Outcome.UNREACHABLE),
    ],
)
def test_every_answer_is_read_one_way(status_code: int | None, outcome: Outcome) -> None:
    assert outcome_of(status_code) is outcome


def test_refused_deliveries_wait_ever_longer_and_are_given_up_after_three_days() -> None:
    pauses = [next_of(attempt(500, number), 0.5).pause_seconds for number in range(1, MOST_ATTEMPTS)]

    assert pauses == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert 3 < sum(pause or 0 for pause in pauses) / 86400 < 4
    assert next_of(attempt(500, MOST_ATTEMPTS), 0.5).status == "failed"


def test_jitter_spreads_a_pause_by_a_tenth_either_way() -> None:
    assert [round(pause_seconds(2, jitter)) for jitter in (0, 0.5, 1)] == [270, 300, 330]


def test_where_nobody_answers_the_delivery_stays_first_and_the_webhook_pauses() -> None:
    verdict = verdict_on([attempt(200), attempt(None)], 3, 0.5)

    assert next_of(attempt(None), 0.5) == next_of(attempt(None), 0)
    assert next_of(attempt(None), 0.5).pause_seconds is None
    assert (verdict.status, verdict.failures, verdict.pause_seconds) == (None, 4, 7200)


def test_a_webhook_silent_for_weeks_is_asked_once_a_day() -> None:
    assert verdict_on([attempt(None)], 40, 0.5).pause_seconds == 86400


def test_an_http_error_pauses_nobody_else() -> None:
    verdict = verdict_on([attempt(500), attempt(500)], 3, 0.5)

    assert (verdict.status, verdict.failures, verdict.pause_seconds) == (None, 0, None)


def test_giving_up_marks_the_webhook_even_if_others_were_taken() -> None:
    verdict = verdict_on([attempt(500, MOST_ATTEMPTS), attempt(200)], 0, 0.5)

    assert (verdict.status, "given up" in verdict.because) == ("failing", True)


def test_gone_disables_at_once() -> None:
    assert verdict_on([attempt(200), attempt(410)], 0, 0.5).status == "disabled"


def test_taking_events_again_makes_a_webhook_well() -> None:
    verdict = verdict_on([attempt(200)], 9, 0.5)

    assert (verdict.status, verdict.because, verdict.failures, verdict.pause_seconds) == ("enabled", "", 0, None)
