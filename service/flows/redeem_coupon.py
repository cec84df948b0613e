"""A coupon is taken by an order, whole and once; a cancelled order gives it back."""

from typing import Any

from service.domain.coupon_postings import coupon_redeemed, coupon_restored
from service.domain.sheet import iso, plain
from service.flows.answer_once import Answered, Refusal, Request, answer_once
from service.store import coupons, ledger, orders
from service.store.database import Connection, Database


def redeem_coupon(db: Database, request: Request, coupon_id: str, order_id: str, buyer_id: str) -> Answered | Refusal:
    """Redeem a coupon in a buyer's order; asked again for the same order, it is answered the same.

    The order need not be known yet: a coupon is taken when the buyer pays.
    """
    return answer_once(db, request, lambda conn: _redeem(conn, coupon_id, order_id, buyer_id))


def restore_coupon(db: Database, request: Request, coupon_id: str, order_id: str) -> Answered | Refusal:
    """Give a coupon back to its buyer, valid until its day, because the order that took it was cancelled."""
    return answer_once(db, request, lambda conn: _restore(conn, coupon_id, order_id))


def _redeem(conn: Connection, coupon_id: str, order_id: str, buyer_id: str) -> Answered | Refusal:
    locked = coupons.lock(conn, [coupon_id])
    if not locked:
        return _unknown(coupon_id)
    [row] = locked
    if refusal := _not_for(conn, row, order_id, buyer_id):
        return refusal
    if row["status"] == "redeemed":
        if row["redeemed_by"] == order_id:
            return Answered(200, plain(_shown(row)))
        said = f"order {row['redeemed_by']} took it at {iso(row['redeemed_at'])}: take another coupon"
        return Refusal("coupon_redeemed", f"{coupon_id}: {said}", "order_id")
    if row["status"] == "expired" or row["over"]:
        return Refusal("coupon_expired", f"{coupon_id} expired at {iso(row['valid_until'])}: take another coupon")
    taken = coupons.redeem(conn, coupon_id, order_id)
    journal = coupon_redeemed(
        coupon_id, taken["times_redeemed"], taken["currency"], taken["amount"], order_id, taken["claim_id"]
    )
    ledger.post(conn, [journal])
    return Answered(200, plain(taken))


def _not_for(conn: Connection, row: dict[str, Any], order_id: str, buyer_id: str) -> Refusal | None:
    """A coupon is its buyer's own, in its own currency; where the order is known here, that is looked at too."""
    order = orders.find(conn, order_id)
    buyer = order["buyer_id"] if order else buyer_id
    if {buyer, buyer_id} != {row["buyer_id"]}:
        said = f"{row['coupon_id']} is of another buyer than this order: only that buyer can take it"
        return Refusal("buyer_differs", said, "buyer_id")
    if order and order["currency"] != row["currency"]:
        said = f"{row['coupon_id']} is in {row['currency']}, order {order_id} in {order['currency']}: they must agree"
        return Refusal("currency_differs", said, "order_id")
    return None


def _restore(conn: Connection, coupon_id: str, order_id: str) -> Answered | Refusal:
    locked = coupons.lock(conn, [coupon_id])
    if not locked:
        return _unknown(coupon_id)
    [row] = locked
    if row["redeemed_by"] != order_id:
        where = f"redeemed by order {row['redeemed_by']}" if row["redeemed_by"] else row["status"]
        said = f"{coupon_id} is {where}, not redeemed by order {order_id}: there is nothing to give back"
        return Refusal("coupon_not_redeemed", said, "order_id")
    given_back = coupons.restore(conn, coupon_id)
    journal = coupon_restored(
        coupon_id, row["times_redeemed"], row["currency"], row["amount"], order_id, row["claim_id"]
    )
    ledger.post(conn, [journal])
    return Answered(200, plain(given_back))


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "over"}


def _unknown(coupon_id: str) -> Refusal:
    return Refusal("coupon_unknown", f"no coupon {coupon_id} here: see GET /v1/coupons")
