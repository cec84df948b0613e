"""What a claim is worth: the arithmetic of refunds and compensations, shown line by line."""

from dataclasses import dataclass

from service.domain.deadlines import severely_late_at
from service.domain.facts import OUT_OF_STOCK, Facts, Ruling
from service.domain.guarantees import Guarantee, guarantee_of
from service.domain.money import WHOLE_BP, share_of
from service.domain.policy import PaidAs as PaidAs
from service.domain.policy import Policy, RottenGuaranteed
from service.domain.wording import money, percent


@dataclass(frozen=True, slots=True)
class Remedy:
    """An amount in minor units, the share of the line it stands for, how it was reckoned, and how it is paid."""

    amount: int
    share_bp: int
    arithmetic: tuple[str, ...]
    paid_as: PaidAs = PaidAs.CASH


def rotten_share(asked_bp: int, rule: RottenGuaranteed) -> int:
    """Return the share that is paid: the next step up from what was asked, the whole above the policy's threshold."""
    step = next((step for step in rule.steps_bp if step >= asked_bp), WHOLE_BP)
    return WHOLE_BP if step > rule.full_refund_above_bp else step


def refund_by_share(facts: Facts, policy: Policy) -> Remedy:
    """Refund the bad share of the line, in the policy's steps."""
    rule = policy.rotten_guaranteed
    share = rotten_share(facts.claim.asked_bp, rule)
    steps = ", ".join(percent(step) for step in rule.steps_bp)
    said = f"{percent(facts.claim.asked_bp)} claimed, {percent(share)} paid"
    return _refund(facts, share, f"{said} (steps {steps}; the whole above {percent(rule.full_refund_above_bp)})")


def refund_as_asked(facts: Facts) -> Remedy:
    """Refund just the share that was asked for."""
    return _refund(facts, facts.claim.asked_bp, f"{percent(facts.claim.asked_bp)} claimed and paid")


def as_ruled(facts: Facts, policy: Policy, ruling: Ruling) -> Remedy:
    """Grant what a person ruled: a refund never above what is left of the line, a compensation never above the most."""
    currency = facts.order.currency
    ruled = f"{money(ruling.amount, currency)} ruled"
    if guarantee_of(facts, policy) is Guarantee.SHIPPING_DEADLINE:
        most = policy.shipping_deadline.severe_most
        amount = min(ruling.amount, most)
        said = f"{ruled}, at most {money(most, currency)}: {money(amount, currency)}"
        return Remedy(amount, 0, (said,), policy.shipping_deadline.paid_as)
    amount = min(ruling.amount, facts.left)
    share = amount * WHOLE_BP // facts.line_total if facts.line_total else 0
    said = f"{ruled}, {money(facts.left, currency)} left of what was paid: {money(amount, currency)}"
    return Remedy(amount, share, (said,))


def late_shipping(facts: Facts, policy: Policy) -> Remedy:
    """Compensate a missed shipping deadline: the severe figure once it is severely late or out of stock."""
    rule = policy.shipping_deadline
    total, currency = facts.order.total, facts.order.currency
    if _severe(facts, policy):
        amount = min(max(share_of(total, rule.severe_share_bp), rule.severe_least), rule.severe_most)
        least, most = money(rule.severe_least, currency), money(rule.severe_most, currency)
        said = f"severe: {percent(rule.severe_share_bp)} of {money(total, currency)}, {least} to {most}"
    elif total <= rule.flat_up_to:
        amount = rule.flat
        said = f"flat {money(rule.flat, currency)} for an order up to {money(rule.flat_up_to, currency)}"
    else:
        amount = min(share_of(total, rule.share_bp), rule.most)
        said = f"{percent(rule.share_bp)} of {money(total, currency)}, at most {money(rule.most, currency)}"
    return Remedy(amount, 0, (f"{said}: {money(amount, currency)}",), rule.paid_as)


def remedy_for(facts: Facts, policy: Policy) -> Remedy:
    """Return what the claim is worth under the guarantee it falls under, if its rules grant it."""
    match guarantee_of(facts, policy):
        case Guarantee.SHIPPING_DEADLINE:
            return late_shipping(facts, policy)
        case Guarantee.ROTTEN_GUARANTEED:
            return refund_by_share(facts, policy)
        case _:
            return refund_as_asked(facts)


def _severe(facts: Facts, policy: Policy) -> bool:
    shipped_at = facts.parcel.shipped_at
    if shipped_at is None and facts.order.status == OUT_OF_STOCK:
        return True
    return (shipped_at or facts.as_of) > severely_late_at(facts.order, policy)


def _refund(facts: Facts, share_bp: int, why: str) -> Remedy:
    currency = facts.order.currency
    goods = share_of(facts.line.paid, share_bp)
    freight = share_of(facts.line.freight, share_bp)
    amount = min(goods + freight, facts.left)
    both, left = money(goods + freight, currency), money(facts.left, currency)
    arithmetic = (
        why,
        f"goods: {percent(share_bp)} of {money(facts.line.paid, currency)} is {money(goods, currency)}",
        f"freight: {percent(share_bp)} of {money(facts.line.freight, currency)} is {money(freight, currency)}",
        f"together {both}, {left} left of what was paid: {money(amount, currency)}",
    )
    return Remedy(amount, share_bp, arithmetic)
