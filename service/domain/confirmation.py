"""The rule on weakly signed tracking: it moves little money until a provider that was asked confirms it."""

from datetime import datetime, timedelta

from service.domain.facts import Facts
from service.domain.findings import Finding, Verdict
from service.domain.guarantees import Guarantee, guarantee_of
from service.domain.policy import Policy
from service.domain.remedies import remedy_for
from service.domain.tellings import MILESTONES, Query, unconfirmed
from service.domain.wording import moment, money

_ARRIVED = frozenset({"delivered", "dropped at a station"})

DECIDING: dict[Guarantee, frozenset[str]] = {
    Guarantee.ROTTEN_GUARANTEED: _ARRIVED,
    Guarantee.REFUND_ONLY: _ARRIVED,
    Guarantee.EXPRESS_REFUND: frozenset({"shipped", "refused", "sent back", "lost"}),
    Guarantee.SHIPPING_DEADLINE: frozenset({"shipped"}),
    Guarantee.FAKE_SHIPMENT: _ARRIVED,
    Guarantee.LOGISTICS_TROUBLE: _ARRIVED | {"shipped", "lost"},
}
"""The milestones that a guarantee pays on, all of them where it has no line; others delay no money.

Of a fake shipment only the place of the hand-over is somebody's word: all else is what nobody has said.
"""


def tracking_confirmed(facts: Facts, policy: Policy) -> Finding:
    """Weakly signed tracking moves little money; above the policy's amount the provider is asked and must confirm."""
    believed, query = policy.carriers, facts.query
    amount, limit = remedy_for(facts, policy).amount, believed.weak_amount_above
    deciding = DECIDING.get(guarantee_of(facts, policy), MILESTONES)
    resting = unconfirmed(facts.tellings, believed.apart, deciding)
    if not resting:
        return Finding("tracking_confirmed", Verdict.PASS, "nothing rests on weakly signed tracking alone")
    if limit is None or amount <= limit:
        worth = money(amount, facts.order.currency)
        return Finding("tracking_confirmed", Verdict.PASS, f"weakly signed tracking may move {worth}")
    said = "; ".join(resting)
    if query is None or not query.askable:
        return Finding("tracking_confirmed", Verdict.REVIEW, f"{said}: no provider can be asked")
    if query.answered_at and query.heard_at and query.answered_at >= query.heard_at:
        asked = f"asked, the provider did not confirm it at {moment(query.answered_at)}"
        return Finding("tracking_confirmed", Verdict.REVIEW, f"{said}: {asked}")
    if query.wanted_at and facts.as_of > query.wanted_at + timedelta(hours=believed.confirm_within_hours):
        return Finding("tracking_confirmed", Verdict.REVIEW, f"{said}: no answer since {moment(query.wanted_at)}")
    return Finding("tracking_confirmed", Verdict.WAIT, f"{said}: the provider is asked")


def may_confirm(query: Query | None, as_of: datetime, policy: Policy) -> bool:
    """Whether a provider that can be asked has not answered since the newest weakly signed word, and still has time."""
    if query is None or not query.askable:
        return False
    if query.answered_at and query.heard_at and query.answered_at >= query.heard_at:
        return False
    hours = timedelta(hours=policy.carriers.confirm_within_hours)
    return query.wanted_at is None or as_of <= query.wanted_at + hours
