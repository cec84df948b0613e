"""特殊情况仅退款: the farmer is heard, silence is consent, and never the buyer's word alone."""

import pytest

from schemas.vocabulary import Cause
from service.domain.decision import Outcome, decide
from service.domain.facts import Answer
from service.domain.guarantees import Guarantee
from tests.domain.builders import PUBLISHED, at, facts


@pytest.mark.parametrize("cause", [Cause.MISSING, Cause.NOT_AS_DESCRIBED])
def test_the_farmer_is_asked_and_has_forty_eight_hours(cause: Cause) -> None:
    decision = decide(facts(cause), PUBLISHED)

    assert (decision.guarantee, decision.outcome) == (Guarantee.REFUND_ONLY, Outcome.ASK_FARMER)
    assert decision.response_due_at == at(60 + 48)


def test_a_farmer_once_asked_keeps_the_deadline_that_was_named() -> None:
    decision = decide(facts(Cause.MISSING, now=70, asked_at=at(60), response_due_at=at(108)), PUBLISHED)

    assert decision.response_due_at == at(108)


def test_silence_until_the_deadline_is_consent() -> None:
    decision = decide(facts(Cause.MISSING, now=108, asked_at=at(60), response_due_at=at(108)), PUBLISHED)

    assert (decision.outcome, decision.amount) == (Outcome.APPROVED_PARTIAL, 3_300)
    assert "the farmer was silent until 2026-03-05 20:00 +08:00: silence is consent" in [
        finding.because for finding in decision.findings
    ]


def test_a_farmer_who_was_never_asked_was_not_silent() -> None:
    assert decide(facts(Cause.MISSING, now=900), PUBLISHED).outcome is Outcome.ASK_FARMER


def test_a_farmer_who_agrees_ends_the_waiting() -> None:
    decision = decide(facts(Cause.MISSING, answer=Answer.AGREE), PUBLISHED)

    assert (decision.outcome, decision.amount) == (Outcome.APPROVED_PARTIAL, 3_300)


@pytest.mark.parametrize(("note", "said"), [("I packed six", "I packed six"), ("", "no reason given")])
def test_a_farmer_who_contests_is_quoted_to_the_person_who_decides(note: str, said: str) -> None:
    decision = decide(facts(Cause.MISSING, answer=Answer.CONTEST, note=note), PUBLISHED)

    assert decision.outcome is Outcome.TO_PERSON
    assert decision.because == f"the farmer contests: {said}"


def test_just_the_share_asked_for_is_paid_without_steps() -> None:
    assert decide(facts(Cause.MISSING, asked_bp=3_333, answer=Answer.AGREE), PUBLISHED).amount == 3_333 + 333


def test_the_goods_must_be_seen_before_a_farmer_is_troubled() -> None:
    assert decide(facts(Cause.MISSING, readable=0), PUBLISHED).outcome is Outcome.ASK_BUYER


def test_above_the_limit_a_person_decides_even_when_the_farmer_agrees() -> None:
    decision = decide(facts(Cause.MISSING, answer=Answer.AGREE, asked_bp=10_000, paid=30_000), PUBLISHED)

    assert decision.outcome is Outcome.TO_PERSON
