"""An order comes in, again and again as it changes: the sale is credited, its clocks start."""

from datetime import timedelta

from service.domain import postings
from service.domain.deadlines import ship_by
from service.domain.facts import CANCELLED, OUT_OF_STOCK
from service.domain.order import Order, clocks_of
from service.domain.policy import Policy
from service.policies.library import Library
from service.queues import Kind
from service.store import ledger, orders, work
from service.store.database import Connection, Database
from service.store.orders import Upsert


def receive_order(db: Database, library: Library, order: Order, client_id: str) -> Upsert:
    """Take an order's snapshot; a version that is not newer changes nothing.

    The guarantees are those in force at `paid_at`, whenever the order arrives.
    """
    policy = library.in_force(order.paid_at)
    with db.transaction() as conn:
        result = orders.upsert(conn, order, policy.policy_id, client_id)
        if result not in (Upsert.CREATED, Upsert.UPDATED):
            conn.rollback()
            return result
        _credit_sale(conn, order)
        grace = timedelta(seconds=policy.shipping_deadline.grace_seconds)
        work.add(conn, Kind.FOLLOW_PARCEL, [f"{w.carrier} {w.number}" for w in order.waybills], pause=grace)
        if order.status != CANCELLED:
            _watch_shipping(conn, order, policy, grace)
            work.add(conn, Kind.RELEASE_SALE, [order.order_id], policy.latest_release(order.paid_at))
    return result


def _watch_shipping(conn: Connection, order: Order, policy: Policy, grace: timedelta) -> None:
    """Look at the deadline when it passes; tracking that comes right behind a late order is heard first.

    The clocks of a waybill start with what follows its parcel.
    """
    if order.status == OUT_OF_STOCK:
        work.add(conn, Kind.CHECK_SHIPPING, [order.order_id])
        return
    work.add(conn, Kind.CHECK_SHIPPING, [order.order_id], ship_by(clocks_of(order), policy), pause=grace)


def _credit_sale(conn: Connection, order: Order) -> None:
    """Zero commission: the farmer is credited the whole sale; a later version credits or takes back the difference.

    Of a cancelled order, what claims have refunded stays credited: those refunds are charged on their own.
    """
    [row] = orders.lock(conn, [order.order_id])
    target = orders.refunded(conn, order.order_id) if order.status == CANCELLED else order.total
    difference = target - row["sale_credited"]
    if difference == 0:
        return
    released = row["released_at"] is not None
    journal = postings.sale(order.order_id, order.version, order.farmer_id, order.currency, difference, released)
    ledger.post(conn, [journal])
    orders.note_sale(conn, order.order_id, target)
