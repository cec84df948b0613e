"""A farmer's sale is held until its guarantee window closes with nothing open, then it can be paid out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog

from service.domain import postings
from service.domain.deadlines import window_closes_at
from service.flows.decide_claim import Deciding
from service.flows.gather_facts import clocks_from, parcel_from
from service.queues import OPEN_CLAIM_PAUSE
from service.store import claims, ledger, orders, parcels, work
from service.store.database import Connection, Database
from service.store.work import WorkItem

log = structlog.get_logger()


def release_sales(db: Database, deciding: Deciding, items: Sequence[WorkItem]) -> None:
    """Release each due order's money, or put it back until its window closes or its claims end."""
    with db.transaction() as conn:
        held = work.hold(conn, items)
        ids = [item.subject_id for item in held]
        rows = {row["order_id"]: row for row in orders.lock(conn, ids) if row["released_at"] is None}
        closing = _closing_times(conn, deciding, rows)
        released: list[dict[str, Any]] = []
        ended: list[WorkItem] = []
        waiting: dict[WorkItem, datetime] = {}
        unsettled = claims.unsettled_orders(conn, list(rows))
        for item in held:
            row = rows.get(item.subject_id)
            closes_at = closing.get(item.subject_id)
            if row is None or closes_at is None:
                ended.append(item)
            elif closes_at > row["now"]:
                waiting[item] = closes_at
            elif item.subject_id in unsettled:
                work.put_back(conn, [item], pause=OPEN_CLAIM_PAUSE)
            else:
                ended.append(item)
                released.append(rows.pop(item.subject_id))
        work.put_back_until(conn, waiting)
        work.finish(conn, ended)
        ledger.post(conn, [journal for row in released for journal in _release(conn, row)])
        orders.note_released(conn, [row["order_id"] for row in released])
    for row in released:
        log.info("sale_released", order_id=row["order_id"], farmer_id=row["farmer_id"])


def _closing_times(conn: Connection, deciding: Deciding, rows: dict[str, dict[str, Any]]) -> dict[str, datetime]:
    """Return when each shipped order's last window closes; undelivered, when the policy stops waiting for it."""
    goods = orders.commodities(conn, list(rows))
    closing = {}
    for scanned in parcels.with_scans(conn, list(rows)):
        row = rows[scanned["order_id"]]
        parcel = parcel_from(scanned["waybills"], scanned["scans"])
        policy = deciding.library.by_id(row["policy_id"])
        order, senior = clocks_from(row), row["buyer_senior"]
        closes = [window_closes_at(order, parcel, kind, senior, policy) for kind in goods[row["order_id"]]]
        known = [at for at in closes if at]
        if known:
            closing[row["order_id"]] = max(known)
        elif parcel.shipped_at:
            closing[row["order_id"]] = policy.latest_release(row["paid_at"])
    return closing


def _release(conn: Connection, row: dict[str, Any]) -> list[postings.Journal]:
    held = ledger.held_postings(conn, postings.farmer_held(row["farmer_id"]), row["order_id"])
    return [
        postings.release(
            posting["journal_id"],
            posting["kind"],
            row["farmer_id"],
            posting["currency"],
            posting["amount"],
            row["order_id"],
            posting["claim_id"],
        )
        for posting in held
    ]
