"""A person's ruling stands above every finding, and every finding stays on the receipt."""

from schemas.vocabulary import Cause, Resolution
from service.domain.decision import Outcome, decide
from service.domain.findings import Verdict
from tests.domain.builders import PUBLISHED, facts, parcel


def test_a_ruling_grants_what_the_rules_refused_and_keeps_their_findings() -> None:
    decision = decide(facts(opened=200, ruled=5_000), PUBLISHED)

    assert (decision.outcome, decision.amount) == (Outcome.APPROVED_PARTIAL, 5_000)
    assert (decision.decided_by, decision.deciding_rule) == ("Reviewer Zhou", "ruling")
    assert decision.because == "seen on the photos"
    assert Verdict.REFUSE in [finding.verdict for finding in decision.findings]


def test_a_ruling_of_nothing_is_a_refusal() -> None:
    decision = decide(facts(ruled=0), PUBLISHED)

    assert (decision.outcome, decision.amount, decision.resolution) == (Outcome.REFUSED, 0, None)


def test_a_ruling_on_the_whole_line_is_an_approval_in_full() -> None:
    assert decide(facts(ruled=11_000), PUBLISHED).outcome is Outcome.APPROVED


def test_no_ruling_grants_more_than_is_left_of_the_line() -> None:
    decision = decide(facts(ruled=99_999, granted_elsewhere=1_000), PUBLISHED)

    assert decision.amount == 10_000
    assert decision.arithmetic == ("999.99 CNY ruled, 100.00 CNY left of what was paid: 100.00 CNY",)


def test_no_ruling_compensates_above_the_most_of_the_policy() -> None:
    wants = {"requested_resolution": Resolution.COMPENSATION, "parcel": parcel()}
    decision = decide(facts(Cause.LATE, 50, ruled=99_999, **wants), PUBLISHED)

    assert (decision.amount, decision.resolution) == (10_000, Resolution.COMPENSATION)


def test_a_ruling_lowered_on_appeal_names_the_lower_amount() -> None:
    decision = decide(facts(granted=3_300, ruled=1_000), PUBLISHED)

    assert (decision.outcome, decision.amount) == (Outcome.APPROVED_PARTIAL, 1_000)


def test_a_claim_without_a_line_is_reckoned_on_the_whole_order() -> None:
    whole = facts(asked_bp=10_000, paid=13_000, freight=2_000, total=15_000)

    assert decide(whole, PUBLISHED).amount == 15_000
