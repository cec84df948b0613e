"""Who bears a loss, in basis points: every party answers for the abnormal hours it caused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from schemas.vocabulary import Cause, Party
from service.domain.facts import OUT_OF_STOCK, Facts
from service.domain.guarantees import Guarantee, guarantee_of
from service.domain.money import WHOLE_BP, split
from service.domain.policy import Policy
from service.domain.sheet import iso
from service.domain.transit import (
    PLATFORM,
    Fault,
    days_in_transit,
    shipping_fault,
    transit_faults,
    unknown_facts,
)

PACKED_WRONG = frozenset({Cause.SHORT, Cause.MISSING, Cause.WRONG_ITEM, Cause.NOT_AS_DESCRIBED})
"""What no carrier can cause: permanent faults of sorting and packing (the tolerance curve counts condition only)."""


@dataclass(frozen=True, slots=True)
class Share:
    """A party's part of a loss: basis points, minor units, and why."""

    party: Party
    party_id: str
    share_bp: int
    amount: int
    because: str


@dataclass(frozen=True, slots=True)
class Attribution:
    """Shares that sum to 10,000 bp and to the amount, and the facts that nobody could name."""

    amount: int
    shares: tuple[Share, ...]
    unknown: tuple[str, ...]
    policy_version: str


def attribute(facts: Facts, policy: Policy, amount: int) -> Attribution:
    """Split `amount` (minor units granted to the buyer) among those who caused the loss.

    Units that do not divide go by largest remainder. Paid above a later ruling: the platform's, in good faith.
    """
    owed = min(amount, facts.ruling.amount) if facts.ruling else amount
    faults = _merged(_faults(facts, policy))
    shares_bp = split(WHOLE_BP, [fault.minutes for fault in faults])
    amounts = split(owed, shares_bp)
    shares = [
        Share(fault.party, fault.party_id, bp, part, fault.because)
        for fault, bp, part in zip(faults, shares_bp, amounts, strict=True)
        if bp
    ]
    if amount > owed:
        shares = _with_good_faith(shares, owed, amount)
    return Attribution(amount, tuple(shares), unknown_facts(facts, policy), policy.version)


def _faults(facts: Facts, policy: Policy) -> list[Fault]:
    parcel, farmer = facts.parcel, facts.order.farmer_id
    if guarantee_of(facts, policy) is Guarantee.SHIPPING_DEADLINE:
        return [shipping_fault(facts, policy) or _no_late_shipping(facts)]
    if parcel.shipped_at is None:
        return [
            shipping_fault(facts, policy) or _sole(Party.FARMER, farmer, "not shipped: the sale is undone")
        ]
    if facts.claim.cause in PACKED_WRONG and not parcel.damaged_at:
        return [_sole(Party.FARMER, farmer, f"{facts.claim.cause}: sorting and packing are the farmer's")]
    return transit_faults(facts, policy) or [_nothing_abnormal(facts, policy)]


def _no_late_shipping(facts: Facts) -> Fault:
    """A compensation without a late scan: out of stock, or a scan that came in late proves the parcel in time."""
    if facts.order.status == OUT_OF_STOCK:
        return _sole(Party.FARMER, facts.order.farmer_id, "the farmer is out of stock")
    return _sole(Party.PLATFORM, PLATFORM, "scanned in time after all; the buyer keeps the compensation")


def _nothing_abnormal(facts: Facts, policy: Policy) -> Fault:
    """In normal transit the tolerance for the days on the way tells unfit goods from bad luck."""
    parcel = facts.parcel
    if parcel.refused_at:
        return _sole(
            Party.BUYER, facts.buyer.buyer_id, f"refused at {iso(parcel.refused_at)} with nothing found wrong"
        )
    if parcel.overdue_at:
        return _sole(Party.BUYER, facts.buyer.buyer_id, f"not picked up, overdue at {iso(parcel.overdue_at)}")
    days = days_in_transit(parcel)
    if days is None or facts.claim.cause not in (Cause.ROTTEN, Cause.DAMAGED):
        return _sole(Party.PLATFORM, PLATFORM, "no party's fault is known")
    tolerance = policy.tolerance_bp(facts.line.commodity, days)
    said = f"{facts.claim.asked_bp} bp defects, {tolerance} bp tolerated for {facts.line.commodity} after {days} day(s)"
    if facts.claim.asked_bp > tolerance:
        return _sole(Party.FARMER, facts.order.farmer_id, f"normal transit: {said}")
    return _sole(Party.PLATFORM, PLATFORM, f"normal transit, within tolerance: {said}")


def _sole(party: Party, party_id: str, because: str) -> Fault:
    return Fault(party, party_id, timedelta(minutes=1), because)


def _merged(faults: Iterable[Fault]) -> list[Fault]:
    """Join the faults of one party, so that nobody has two shares."""
    by_party: dict[tuple[Party, str], Fault] = {}
    for fault in faults:
        known = by_party.get((fault.party, fault.party_id))
        by_party[fault.party, fault.party_id] = known.joined(fault) if known else fault
    return list(by_party.values())


def _with_good_faith(shares: list[Share], owed: int, amount: int) -> list[Share]:
    """Restate the shares of a lowered claim: what the buyer keeps above the ruling is borne by the platform."""
    kept = Share(
        Party.PLATFORM, PLATFORM, 0, amount - owed, "paid in good faith before the ruling; the buyer keeps it"
    )
    parts = [share for share in shares if share.amount] + [kept]
    shares_bp = split(WHOLE_BP, [part.amount for part in parts])
    return [
        Share(p.party, p.party_id, bp, p.amount, p.because) for p, bp in zip(parts, shares_bp, strict=True)
    ]
