"""Who bears a loss, in basis points: every party answers for the abnormal hours it caused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from schemas.vocabulary import Cause, Party
from service.domain.clocks import way_clocks
from service.domain.deadlines import told_ship_by
from service.domain.facts import OUT_OF_STOCK, Facts
from service.domain.fake_shipment import fakes
from service.domain.guarantees import NOT_RECEIVED, NOT_SHIPPED, Guarantee, guarantee_of
from service.domain.money import WHOLE_BP, split
from service.domain.policy import Policy
from service.domain.transit import (
    PLATFORM,
    Fault,
    days_in_transit,
    shipping_fault,
    transit_faults,
    unknown_facts,
)
from service.domain.trouble import troubles
from service.domain.wording import moment, percent

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


def moved(before: Sequence[Share], after: Sequence[Share]) -> int:
    """Return how much parties bear afterwards that they did not before, in minor units."""
    bore = {(share.party, share.party_id): share.amount for share in before}
    return sum(max(share.amount - bore.get((share.party, share.party_id), 0), 0) for share in after)


def _faults(facts: Facts, policy: Policy) -> list[Fault]:
    parcel, farmer = facts.parcel, facts.order.farmer_id
    guarantee = guarantee_of(facts, policy)
    if guarantee in NOT_SHIPPED:
        return [shipping_fault(facts, policy) or _fake(facts, policy) or _no_late_shipping(facts, policy)]
    if guarantee is Guarantee.LOGISTICS_TROUBLE:
        return _on_the_way(facts, policy)
    if facts.claim.cause is Cause.CHEAPER_ELSEWHERE:
        return [_sole(Party.PLATFORM, PLATFORM, "the price promise is the platform's own")]
    if facts.claim.cause in PACKED_WRONG and not (parcel.damaged_at or parcel.refused_at or parcel.going_back_at):
        what = facts.claim.cause.replace("_", " ")
        return [_sole(Party.FARMER, farmer, f"{what}: sorting and packing are the farmer's")]
    if parcel.shipped_at is None:
        return [_never_scanned(facts, policy)]
    return transit_faults(facts, policy) or [_nothing_abnormal(facts, policy)]


def _never_scanned(facts: Facts, policy: Policy) -> Fault:
    """Without a scan a parcel counts as not shipped, unless the buyer holds the goods: then nobody's fault is known."""
    if facts.claim.cause not in NOT_RECEIVED:
        return _sole(Party.PLATFORM, PLATFORM, "no physical scan tells how the parcel travelled")
    undone = _sole(Party.FARMER, facts.order.farmer_id, "not shipped: the sale is undone")
    return shipping_fault(facts, policy) or undone


def _fake(facts: Facts, policy: Policy) -> Fault | None:
    """A fake shipment is the farmer's, also where the parcel travelled in the end."""
    found = [fake for fake in fakes(facts.journey, policy) if fake.stood_at(facts.claim.opened_at)]
    if not found:
        return None
    return _sole(Party.FARMER, facts.order.farmer_id, "; ".join(fake.because for fake in found))


def _on_the_way(facts: Facts, policy: Policy) -> list[Fault]:
    """Trouble is borne by whoever carried the leg; what later scans refute is the platform's."""
    found = [one.fault for one in troubles(facts.journey, policy, facts.claim.opened_at)]
    stood = next((clock.said for clock in way_clocks(facts.journey, policy) if clock.said), "")
    return found or [_kept(f"on its way in time after all{stood}")]


def _no_late_shipping(facts: Facts, policy: Policy) -> Fault:
    """A compensation without a late scan: out of stock, or what came in late, a scan or force majeure, excuses it."""
    if facts.order.status == OUT_OF_STOCK:
        return _sole(Party.FARMER, facts.order.farmer_id, "the farmer is out of stock")
    excused = "scanned in time after all" if facts.parcel.shipped_at else "not overdue after all"
    return _kept(f"{excused}{told_ship_by(facts.order, policy)}")


def _kept(excused: str) -> Fault:
    return _sole(Party.PLATFORM, PLATFORM, f"{excused}; the buyer keeps the compensation")


def _nothing_abnormal(facts: Facts, policy: Policy) -> Fault:
    """In normal transit the tolerance for the days on the way tells unfit goods from bad luck."""
    parcel = facts.parcel
    if parcel.refused_at:
        return _sole(
            Party.BUYER, facts.buyer.buyer_id, f"refused at {moment(parcel.refused_at)} with nothing found wrong"
        )
    if parcel.overdue_at:
        return _sole(Party.BUYER, facts.buyer.buyer_id, f"not picked up, overdue at {moment(parcel.overdue_at)}")
    days = days_in_transit(parcel)
    if days is None or facts.claim.cause not in (Cause.ROTTEN, Cause.DAMAGED):
        return _sole(Party.PLATFORM, PLATFORM, "no party's fault is known")
    tolerance = policy.tolerance_bp(facts.line.commodity, days)
    defects, tolerated = percent(facts.claim.asked_bp), percent(tolerance)
    said = f"{defects} defects, {tolerated} tolerated for {facts.line.commodity} after {days} day(s)"
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
    owing = [share for share in shares if share.amount]
    own = [share for share in owing if share.party is Party.PLATFORM]
    because = [share.because for share in own] + ["paid in good faith before the ruling; the buyer keeps it"]
    borne = amount - owed + sum(share.amount for share in own)
    kept = Share(Party.PLATFORM, PLATFORM, 0, borne, "; ".join(because))
    parts = [share for share in owing if share not in own] + [kept]
    shares_bp = split(WHOLE_BP, [part.amount for part in parts])
    return [Share(p.party, p.party_id, bp, p.amount, p.because) for p, bp in zip(parts, shares_bp, strict=True)]
