"""A coupon that nobody took by its day ends, and who bore it bears so much less."""

from collections.abc import Sequence

import structlog

from service.domain.coupon_postings import coupon_expired
from service.queues import Kind
from service.store import coupons, ledger, work
from service.store.database import Database
from service.store.work import WorkItem

log = structlog.get_logger()


def expire_coupons(db: Database, items: Sequence[WorkItem]) -> None:
    """End the due coupons; one whose day is still to come is put back, one that was redeemed needs no end."""
    with db.transaction() as conn:
        held = work.hold(conn, items)
        rows = {row["coupon_id"]: row for row in coupons.lock(conn, [item.subject_id for item in held])}
        valid = {name: row for name, row in rows.items() if row["status"] == "issued"}
        waiting = [item for item in held if item.subject_id in valid and not valid[item.subject_id]["over"]]
        for item in waiting:
            work.put_back(conn, [item], due_at=valid[item.subject_id]["valid_until"])
        work.finish(conn, [item for item in held if item not in waiting])
        over = [row for row in valid.values() if row["over"]]
        coupons.expire(conn, [row["coupon_id"] for row in over])
        ledger.post(
            conn,
            [coupon_expired(r["coupon_id"], r["currency"], r["amount"], r["order_id"], r["claim_id"]) for r in over],
        )
        work.add(conn, Kind.ATTRIBUTE_CLAIM, [row["claim_id"] for row in over if row["claim_id"]])
    for row in over:
        log.info("coupon_expired", claim_id=row["claim_id"], coupon_id=row["coupon_id"], amount=row["amount"])
