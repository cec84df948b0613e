"""The shipping deadline acts by itself: a missed one is a claim, opened by the system, compensated by policy."""

from collections.abc import Sequence
from typing import Any

from service.domain.deadlines import severely_late_at, ship_by
from service.domain.facts import CANCELLED, OUT_OF_STOCK
from service.domain.policy import Policy
from service.flows.decide_claim import Deciding
from service.flows.gather_facts import clocks_from
from service.queues import Kind
from service.store import intake, orders, parcels, work
from service.store.database import Connection, Database
from service.store.work import WorkItem


def check_shipping(db: Database, deciding: Deciding, items: Sequence[WorkItem]) -> None:
    """Open a claim for every order without a scan in time, and look again when its lateness turns severe."""
    with db.transaction() as conn:
        held = work.finish(conn, items)
        rows = orders.lock(conn, [item.subject_id for item in held])
        shipped = parcels.shipped_at(conn, [row["order_id"] for row in rows])
        late = [row for row in rows if _is_late(row, shipped.get(row["order_id"]), deciding)]
        fresh = {row["order_id"]: deciding.new_id("clm") for row in late if not row["compensated_by"]}
        intake.open_by_system(conn, list(fresh), fresh)
        work.add(conn, Kind.DECIDE_CLAIM, [row["compensated_by"] for row in late if row["compensated_by"]])
        _look_again(conn, deciding, [row for row in late if row["order_id"] not in shipped])


def _is_late(row: dict[str, Any], shipped_at: Any, deciding: Deciding) -> bool:
    if row["status"] == CANCELLED or row["currency"] != _policy(row, deciding).currency:
        return False
    if row["status"] == OUT_OF_STOCK and shipped_at is None:
        return True
    return bool((shipped_at or row["now"]) > ship_by(clocks_from(row), _policy(row, deciding)))


def _look_again(conn: Connection, deciding: Deciding, unshipped: Sequence[dict[str, Any]]) -> None:
    for row in unshipped:
        severe = severely_late_at(clocks_from(row), _policy(row, deciding))
        if severe > row["now"]:
            work.add(conn, Kind.CHECK_SHIPPING, [row["order_id"]], severe)


def _policy(row: dict[str, Any], deciding: Deciding) -> Policy:
    return deciding.library.by_id(row["policy_id"])
