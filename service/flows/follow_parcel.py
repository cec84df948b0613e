"""News of a parcel: claims are decided again, shares of a loss reckoned again, sales released, silence watched."""

from collections.abc import Sequence

from service.queues import Kind
from service.store import claims, questions, tracking, work
from service.store.database import Database
from service.store.work import WorkItem


def follow_parcels(db: Database, items: Sequence[WorkItem]) -> None:
    """Make due whatever new scans may change."""
    with db.transaction() as conn:
        held = work.finish(conn, items)
        touched = tracking.orders_of(conn, [item.subject_id for item in held])
        work.add(conn, Kind.DECIDE_CLAIM, claims.open_on_orders(conn, touched))
        work.add(conn, Kind.ATTRIBUTE_CLAIM, claims.granted_on_orders(conn, touched))
        work.add(conn, Kind.CHECK_SHIPPING, touched)
        work.add(conn, Kind.RELEASE_SALE, touched)
        questions.watch(conn, [item.subject_id for item in held])
