"""A coupon is given by hand: by the order service, in the platform's name and at its cost."""

from dataclasses import dataclass
from datetime import datetime

from service.domain.coupon_postings import coupon_given
from service.domain.sheet import plain
from service.flows.answer_once import Answered, Refusal, Request, answer_once
from service.policies.library import Library
from service.store import coupons, ledger, orders
from service.store.database import Connection, Database


@dataclass(frozen=True, slots=True)
class Gift:
    """What is given to whom (minor units), why, and for which order, if for one."""

    buyer_id: str
    amount: int
    currency: str
    reason: str
    order_id: str | None


def issue_coupon(db: Database, library: Library, request: Request, gift: Gift, at: datetime) -> Answered | Refusal:
    """Give a coupon once; the answer is its row, or why it was not given.

    The policy in force at `at` says how long it lasts. No farmer and no carrier ever bears what was given by hand.
    """
    return answer_once(db, request, lambda conn: _issue(conn, library, gift, at))


def _issue(conn: Connection, library: Library, gift: Gift, at: datetime) -> Answered | Refusal:
    order = orders.find(conn, gift.order_id) if gift.order_id else None
    if gift.order_id and order is None:
        return Refusal("order_unknown", f"no order {gift.order_id} here: PUT the order first", "order_id")
    if order and order["buyer_id"] != gift.buyer_id:
        said = f"order {gift.order_id} is of another buyer than {gift.buyer_id}: name the order's own buyer"
        return Refusal("buyer_differs", said, "buyer_id")
    days = library.in_force(at).coupons.valid_days
    if not days:
        return Refusal("no_coupons", "the policy in force says of no coupon how long it lasts: add coupons.valid_days")
    row = coupons.add(
        conn,
        {
            "order_id": gift.order_id,
            "buyer_id": gift.buyer_id,
            "amount": gift.amount,
            "currency": gift.currency,
            "because": gift.reason,
            "valid_days": days,
        },
    )
    ledger.post(conn, [coupon_given(row["coupon_id"], row["currency"], row["amount"], gift.order_id)])
    return Answered(201, plain(row))
