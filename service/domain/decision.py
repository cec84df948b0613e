"""decide(facts, policy): pure, total, with a finding per rule."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from schemas.vocabulary import Resolution
from service.domain import rules, transit_rules
from service.domain.confirmation import tracking_confirmed
from service.domain.deadlines import buyer_due_at, response_due_at
from service.domain.facts import Facts, Ruling
from service.domain.findings import Finding, Verdict
from service.domain.growth import GAINED
from service.domain.guarantees import COMPENSATIONS, Guarantee, guarantee_of
from service.domain.policy import Policy
from service.domain.remedies import PaidAs, Remedy, as_ruled, remedy_for


class Outcome(StrEnum):
    """What becomes of a claim."""

    APPROVED = "approved"
    APPROVED_PARTIAL = "approved_partial"
    REFUSED = "refused"
    WAIT = "wait"
    ASK_BUYER = "ask_buyer"
    ASK_FARMER = "ask_farmer"
    TO_PERSON = "to_person"


@dataclass(frozen=True, slots=True)
class Decision:
    """The receipt's core: what was decided, for how much (minor units), and every finding that led there."""

    guarantee: Guarantee
    outcome: Outcome
    decided_by: str
    deciding_rule: str
    because: str
    resolution: Resolution | None
    amount: int
    share_bp: int
    arithmetic: tuple[str, ...]
    findings: tuple[Finding, ...]
    policy_version: str
    response_due_at: datetime | None = None
    paid_as: PaidAs = field(default=PaidAs.CASH, metadata=GAINED)


_RECEIVED = (
    rules.facts_agree,
    rules.currency_covered,
    rules.called_in,
    rules.within_window,
    rules.photos_decoded,
    rules.something_left,
    rules.worth_something,
    rules.enough_photos,
    rules.photos_unsuspicious,
    rules.usual_buyer,
)

RULES: dict[Guarantee, tuple[rules.Rule, ...]] = {
    Guarantee.ROTTEN_GUARANTEED: (*_RECEIVED, rules.amount_within_limit, tracking_confirmed),
    Guarantee.REFUND_ONLY: (
        *_RECEIVED,
        rules.farmer_answered,
        rules.amount_within_limit,
        tracking_confirmed,
    ),
    Guarantee.EXPRESS_REFUND: (
        rules.facts_agree,
        rules.currency_covered,
        rules.called_in,
        rules.something_left,
        rules.worth_something,
        rules.undelivered,
        rules.free_to_leave,
        rules.usual_buyer,
        rules.within_express_caps,
        tracking_confirmed,
    ),
    Guarantee.SHIPPING_DEADLINE: (
        rules.facts_agree,
        rules.currency_covered,
        rules.called_in,
        rules.not_yet_compensated,
        rules.worth_something,
        rules.deadline_missed,
        tracking_confirmed,
    ),
    Guarantee.FAKE_SHIPMENT: (
        rules.facts_agree,
        rules.currency_covered,
        rules.called_in,
        rules.not_yet_compensated,
        rules.worth_something,
        transit_rules.fake_found,
        tracking_confirmed,
    ),
    Guarantee.LOGISTICS_TROUBLE: (
        rules.facts_agree,
        rules.currency_covered,
        rules.called_in,
        transit_rules.not_yet_subsidised,
        transit_rules.trouble_found,
        rules.worth_something,
        tracking_confirmed,
    ),
    Guarantee.BY_PERSON: (rules.facts_agree, rules.something_left, rules.needs_a_person),
}

_OUTCOMES = {
    Verdict.REFUSE: Outcome.REFUSED,
    Verdict.WAIT: Outcome.WAIT,
    Verdict.ASK_BUYER: Outcome.ASK_BUYER,
    Verdict.ASK_FARMER: Outcome.ASK_FARMER,
    Verdict.REVIEW: Outcome.TO_PERSON,
}


def decide(facts: Facts, policy: Policy) -> Decision:
    """Decide a claim: the first finding that is not a pass decides, a person's ruling stands above all findings.

    Total: every fact sheet gets a decision, and the same facts under the same policy always the same one.
    """
    guarantee = guarantee_of(facts, policy)
    findings = tuple(rule(facts, policy) for rule in rules_of(guarantee, policy))
    if facts.ruling:
        return _ruled(facts, policy, guarantee, findings, facts.ruling)
    deciding = next((f for f in findings if f.verdict is not Verdict.PASS), None)
    if deciding is None:
        return _granted(facts, policy, guarantee, findings)
    return Decision(
        guarantee=guarantee,
        outcome=_OUTCOMES[deciding.verdict],
        decided_by="policy",
        deciding_rule=deciding.rule,
        because=deciding.because,
        resolution=None,
        amount=0,
        share_bp=0,
        arithmetic=(),
        findings=findings,
        policy_version=policy.version,
        response_due_at=_answer_due_at(facts, policy, deciding.verdict),
    )


def rules_of(guarantee: Guarantee, policy: Policy) -> tuple[rules.Rule, ...]:
    """Return a guarantee's rules; those that came later hold only under a policy that has their figures."""
    off = {tracking_confirmed} if policy.carriers.weak_amount_above is None else set()
    return tuple(rule for rule in RULES[guarantee] if rule not in off)


def _answer_due_at(facts: Facts, policy: Policy, verdict: Verdict) -> datetime | None:
    if verdict is Verdict.ASK_FARMER:
        return response_due_at(facts, policy)
    return buyer_due_at(facts, policy) if verdict is Verdict.ASK_BUYER else None


def _granted(facts: Facts, policy: Policy, guarantee: Guarantee, findings: tuple[Finding, ...]) -> Decision:
    remedy = remedy_for(facts, policy)
    return Decision(
        guarantee=guarantee,
        outcome=_outcome(facts, guarantee, remedy),
        decided_by="policy",
        deciding_rule=findings[-1].rule,
        because=f"every rule of {guarantee.name_zh} is met",
        resolution=_resolution(guarantee),
        amount=remedy.amount,
        share_bp=remedy.share_bp,
        arithmetic=remedy.arithmetic,
        findings=findings,
        policy_version=policy.version,
        paid_as=remedy.paid_as,
    )


def _ruled(
    facts: Facts, policy: Policy, guarantee: Guarantee, findings: tuple[Finding, ...], ruling: Ruling
) -> Decision:
    remedy = as_ruled(facts, policy, ruling)
    granted = remedy.amount > 0
    verdict = Verdict.PASS if granted else Verdict.REFUSE
    return Decision(
        guarantee=guarantee,
        outcome=_outcome(facts, guarantee, remedy) if granted else Outcome.REFUSED,
        decided_by=ruling.by,
        deciding_rule="ruling",
        because=ruling.reason,
        resolution=_resolution(guarantee) if granted else None,
        amount=remedy.amount,
        share_bp=remedy.share_bp,
        arithmetic=remedy.arithmetic,
        findings=(*findings, Finding("ruling", verdict, f"{ruling.by}: {ruling.reason}")),
        policy_version=policy.version,
        paid_as=remedy.paid_as,
    )


def _outcome(facts: Facts, guarantee: Guarantee, remedy: Remedy) -> Outcome:
    if guarantee in COMPENSATIONS or remedy.amount >= facts.line_total:
        return Outcome.APPROVED
    return Outcome.APPROVED_PARTIAL


def _resolution(guarantee: Guarantee) -> Resolution:
    return Resolution.COMPENSATION if guarantee in COMPENSATIONS else Resolution.REFUND_ONLY
