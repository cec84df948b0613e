"""A coupon that nobody took by its day ends, and who bore it bears so much less."""

from collections.abc import Sequence
from typing import Any

import structlog

from service.domain.coupon_postings import coupon_expired
from service.domain.sheet import iso, plain
from service.flows.answer_once import Answered, Refusal, Request, answer_once
from service.queues import Kind
from service.store import coupons, ledger, trail, work
from service.store.database import Connection, Database
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
        _end(conn, over)
        said = trail.trails(conn, [row["coupon_id"] for row in over])
    for row in over:
        coupon_id = row["coupon_id"]
        log.info("coupon_expired", coupon_id=coupon_id, amount=row["amount"], **said.get(coupon_id, {}))


def end_coupon(db: Database, request: Request, coupon_id: str, reason: str) -> Answered | Refusal:
    """End a coupon at the order service's word; one that a claim granted is its buyer's until its day."""
    return answer_once(db, request, lambda conn: _end_one(conn, coupon_id, reason))


def _end_one(conn: Connection, coupon_id: str, reason: str) -> Answered | Refusal:
    locked = coupons.lock(conn, [coupon_id])
    if not locked:
        return Refusal("coupon_unknown", f"no coupon {coupon_id} here: see GET /v1/coupons")
    [row] = locked
    if row["status"] == "redeemed":
        said = f"order {row['redeemed_by']} took it at {iso(row['redeemed_at'])}: only an unused coupon can end"
        return Refusal("coupon_redeemed", f"{coupon_id}: {said}")
    if row["status"] == "issued" and row["claim_id"] and not row["over"]:
        said = f"{row['claim_id']} granted it and it is its buyer's until {iso(row['valid_until'])}"
        return Refusal("coupon_granted", f"{coupon_id}: {said}; only a coupon given by hand can end before its day")
    if row["status"] == "issued":
        _end(conn, [row], reason)
    return Answered(200, plain(coupons.find(conn, coupon_id, None)))


def _end(conn: Connection, rows: Sequence[dict[str, Any]], reason: str = "") -> None:
    """Take coupons out of the books; what nobody took is borne by nobody."""
    coupons.expire(conn, [row["coupon_id"] for row in rows], reason)
    ledger.post(
        conn,
        [coupon_expired(r["coupon_id"], r["currency"], r["amount"], r["order_id"], r["claim_id"]) for r in rows],
    )
    work.add(conn, Kind.ATTRIBUTE_CLAIM, [row["claim_id"] for row in rows if row["claim_id"]])
