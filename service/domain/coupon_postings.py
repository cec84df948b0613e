"""What coupons move in the ledger: owed to the buyer, then to the order service that took them, or to nobody."""

from service.domain.postings import ADVANCES, COUPONS_DUE, GOODWILL, ORDER_SERVICE, Journal


def coupon_granted(coupon_id: str, currency: str, amount: int, order_id: str, claim_id: str) -> Journal:
    """A claim was compensated by a coupon: the platform owes it in advance, and attribution finds who bears it."""
    entries = ((ADVANCES, -amount), (COUPONS_DUE, amount))
    return Journal(f"coupon:{coupon_id}", "coupon_issued", currency, entries, order_id, claim_id)


def coupon_given(coupon_id: str, currency: str, amount: int, order_id: str | None) -> Journal:
    """The platform gave a coupon of its own accord, and bears it."""
    entries = ((GOODWILL, -amount), (COUPONS_DUE, amount))
    return Journal(f"coupon:{coupon_id}", "coupon_issued", currency, entries, order_id)


def coupon_redeemed(
    coupon_id: str, time: int, currency: str, amount: int, order_id: str, claim_id: str | None
) -> Journal:
    """The order service took the coupon for `order_id`, the `time`-th time it is redeemed: its worth is owed there."""
    entries = ((COUPONS_DUE, -amount), (ORDER_SERVICE, amount))
    return Journal(f"coupon_redeemed:{coupon_id}:{time}", "coupon_redeemed", currency, entries, order_id, claim_id)


def coupon_restored(
    coupon_id: str, time: int, currency: str, amount: int, order_id: str, claim_id: str | None
) -> Journal:
    """The order that took the coupon was cancelled: its worth is owed to the buyer again."""
    entries = ((ORDER_SERVICE, -amount), (COUPONS_DUE, amount))
    return Journal(f"coupon_restored:{coupon_id}:{time}", "coupon_restored", currency, entries, order_id, claim_id)


def coupon_expired(coupon_id: str, currency: str, amount: int, order_id: str | None, claim_id: str | None) -> Journal:
    """Nobody took the coupon: it goes back to who bore it, so nobody earns by a coupon that is forgotten.

    A claim's goes to the advances, from where the next attribution charges so much less; the platform's own to it.
    """
    bearer = ADVANCES if claim_id else GOODWILL
    entries = ((COUPONS_DUE, -amount), (bearer, amount))
    return Journal(f"coupon_expired:{coupon_id}", "coupon_expired", currency, entries, order_id, claim_id)
