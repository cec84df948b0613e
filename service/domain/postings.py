"""Every movement of money as a balanced journal.

Amounts are minor units; above zero the account is owed more, below zero less. Each journal sums to zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.vocabulary import Party
from service.domain.liability import Share

CASH = "cash"
ADVANCES = "advances"
BUYER_REFUNDS = "buyer_refunds"
PAYOUTS_DUE = "payouts_due"
COUPONS_DUE = "coupons_due"
ORDER_SERVICE = "order_service"
GOODWILL = "platform_goodwill"
BUYER_FAULT = "platform_buyer_fault"
CARRIER_LOSS = "platform_carrier_loss"


@dataclass(frozen=True, slots=True)
class Journal:
    """What moved, once: `source` is unique, so posting it again changes nothing."""

    source: str
    kind: str
    currency: str
    entries: tuple[tuple[str, int], ...]
    order_id: str | None = None
    claim_id: str | None = None


def farmer_held(farmer_id: str) -> str:
    """The farmer's money while the guarantee windows of its orders are open."""
    return f"farmer_held:{farmer_id}"


def farmer_available(farmer_id: str) -> str:
    """The farmer's money that the next payout takes; below zero it is carried over."""
    return f"farmer_available:{farmer_id}"


def carrier_receivable(carrier_id: str) -> str:
    """What is recovered from a carrier."""
    return f"carrier:{carrier_id}"


def sale(order_id: str, version: int, farmer_id: str, currency: str, amount: int, released: bool) -> Journal:
    """Credit a sale, or the difference that a new version of the order makes (below zero: taken back)."""
    account = farmer_available(farmer_id) if released else farmer_held(farmer_id)
    return Journal(f"sale:{order_id}:{version}", "sale", currency, ((CASH, -amount), (account, amount)), order_id)


def grant(refund_id: str, currency: str, amount: int, order_id: str, claim_id: str) -> Journal:
    """The platform advances what the buyer was granted; who bears it is not settled yet."""
    entries = ((ADVANCES, -amount), (BUYER_REFUNDS, amount))
    return Journal(f"grant:{refund_id}", "grant", currency, entries, order_id, claim_id)


def refund_paid(refund_id: str, currency: str, amount: int, order_id: str, claim_id: str) -> Journal:
    """The bank has paid the buyer."""
    entries = ((BUYER_REFUNDS, -amount), (CASH, amount))
    return Journal(f"refund_paid:{refund_id}", "refund_paid", currency, entries, order_id, claim_id)


def charges(
    decision_id: str, currency: str, shares: Iterable[Share], order_id: str, claim_id: str, released: bool
) -> list[Journal]:
    """Charge each party its share against the advance, a journal a party.

    A buyer is never debited (money paid in good faith stays): that share is the platform's, on its own account.
    """
    return [
        Journal(
            f"charge:{decision_id}:{share.party}:{share.party_id}",
            "refund_charge",
            currency,
            ((_bearer(share, released), -share.amount), (ADVANCES, share.amount)),
            order_id,
            claim_id,
        )
        for share in shares
        if share.amount
    ]


def charge_reversed(
    charge_id: str, currency: str, share: Share, order_id: str, claim_id: str, released: bool
) -> Journal:
    """Take a charge back whole, because a later attribution replaces it."""
    entries = ((_bearer(share, released), share.amount), (ADVANCES, -share.amount))
    return Journal(f"charge_reversed:{charge_id}", "adjustment", currency, entries, order_id, claim_id)


def release(
    held_journal_id: int,
    kind: str,
    farmer_id: str,
    currency: str,
    amount: int,
    order_id: str,
    claim_id: str | None,
) -> Journal:
    """Move one held posting to the farmer's available account, so that a payout lists sale and charges line by line."""
    entries = ((farmer_held(farmer_id), -amount), (farmer_available(farmer_id), amount))
    return Journal(f"release:{held_journal_id}", kind, currency, entries, order_id, claim_id)


def payout_drawn(payout_id: str, farmer_id: str, currency: str, amount: int) -> Journal:
    """A payout takes the farmer's available money."""
    entries = ((farmer_available(farmer_id), -amount), (PAYOUTS_DUE, amount))
    return Journal(f"payout_drawn:{payout_id}", "payout", currency, entries)


def payout_paid(payout_id: str, currency: str, amount: int) -> Journal:
    """The bank has paid the farmer."""
    return Journal(f"payout_paid:{payout_id}", "payout_paid", currency, ((PAYOUTS_DUE, -amount), (CASH, amount)))


def _bearer(share: Share, released: bool) -> str:
    match share.party:
        case Party.FARMER:
            return farmer_available(share.party_id) if released else farmer_held(share.party_id)
        case Party.CARRIER:
            return carrier_receivable(share.party_id)
        case Party.BUYER:
            return BUYER_FAULT
        case Party.PLATFORM:
            return GOODWILL
