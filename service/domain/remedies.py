"""What a claim is worth: the arithmetic of refunds and compensations, shown line by line."""

from dataclasses import dataclass

from service.domain.deadlines import severely_late_at
from service.domain.facts import OUT_OF_STOCK, Facts, Ruling
from service.domain.fake_shipment import counted_as_shipped_at
from service.domain.guarantees import COMPENSATIONS, NOT_SHIPPED, Guarantee, guarantee_of
from service.domain.money import WHOLE_BP, share_of
from service.domain.once import once_a_claim
from service.domain.policy import PaidAs as PaidAs
from service.domain.policy import Policy, RottenGuaranteed
from service.domain.trouble import days_late, troubles, worth
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
    guarantee = guarantee_of(facts, policy)
    if guarantee in COMPENSATIONS:
        most = most_compensation(guarantee, policy)
        amount = min(ruling.amount, most)
        said = f"{ruled}, at most {money(most, currency)}: {money(amount, currency)}"
        return Remedy(amount, 0, (said,), _paid_as(guarantee, policy))
    amount = min(ruling.amount, facts.left)
    share = amount * WHOLE_BP // facts.line_total if facts.line_total else 0
    said = f"{ruled}, {money(facts.left, currency)} left of what was paid: {money(amount, currency)}"
    return Remedy(amount, share, (said,))


def late_shipping(facts: Facts, policy: Policy) -> Remedy:
    """Compensate what was not shipped in time, or as a label only; more once severely late, or out of stock."""
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


def trouble_on_the_way(facts: Facts, policy: Policy) -> Remedy:
    """Compensate what went wrong on the way: of several figures the greatest."""
    found, currency = troubles(facts.journey, policy, facts.claim.opened_at), facts.order.currency
    days = days_late(facts.journey, policy)
    named = dict.fromkeys((one.trouble.value, one.amount) for one in found)
    said = [
        f"{name}, {days} day(s) beyond the promise: {money(amount, currency)}"
        if name == "late"
        else f"{name}: {money(amount, currency)}"
        for name, amount in named
    ]
    total = worth(found)
    more = [f"the greatest counts: {money(total, currency)}"] if len(said) > 1 else []
    return Remedy(total, 0, (*said, *more), _paid_as(Guarantee.LOGISTICS_TROUBLE, policy))


def most_compensation(guarantee: Guarantee, policy: Policy) -> int:
    """Return the most that a compensation under a guarantee can come to, in minor units, also by a person's ruling."""
    rule = policy.logistics_trouble
    if guarantee is Guarantee.LOGISTICS_TROUBLE and rule:
        return max(*rule.late, rule.stalled, rule.lost, rule.warm)
    return policy.shipping_deadline.severe_most


@once_a_claim
def remedy_for(facts: Facts, policy: Policy) -> Remedy:
    """Return what the claim is worth under the guarantee it falls under, if its rules grant it."""
    match guarantee_of(facts, policy):
        case guarantee if guarantee in NOT_SHIPPED:
            return late_shipping(facts, policy)
        case Guarantee.LOGISTICS_TROUBLE:
            return trouble_on_the_way(facts, policy)
        case Guarantee.ROTTEN_GUARANTEED:
            return refund_by_share(facts, policy)
        case _:
            return refund_as_asked(facts)


def _severe(facts: Facts, policy: Policy) -> bool:
    if facts.parcel.shipped_at is None and facts.order.status == OUT_OF_STOCK:
        return True
    shipped_at = counted_as_shipped_at(facts.journey, policy, facts.claim.opened_at)
    return (shipped_at or facts.as_of) > severely_late_at(facts.order, policy)


def _paid_as(guarantee: Guarantee, policy: Policy) -> PaidAs:
    on_the_way = policy.logistics_trouble
    if guarantee is Guarantee.LOGISTICS_TROUBLE and on_the_way:
        return on_the_way.paid_as
    return policy.shipping_deadline.paid_as


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
