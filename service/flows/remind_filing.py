"""A carrier takes a claim for so long: that its deadline is near, or has passed unfiled, is said on the recovery."""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from service.flows.decide_claim import Deciding
from service.store import recoveries, trail, work
from service.store.database import Database
from service.store.work import WorkItem

NEAR, OVERDUE = "filing_near", "filing_overdue"

log = structlog.get_logger()


def remind_of_filing(db: Database, deciding: Deciding, items: Sequence[WorkItem]) -> None:
    """Look at the due recoveries twice: some days before the deadline, and when it has passed."""
    told: dict[str, list[str]] = {NEAR: [], OVERDUE: []}
    with db.transaction() as conn:
        held = work.hold(conn, items)
        rows = {row["recovery_id"]: row for row in recoveries.lock(conn, [item.subject_id for item in held])}
        for item in held:
            row = rows.get(item.subject_id)
            if row is None or row["status"] != "due" or row["filing_due_at"] is None:
                work.finish(conn, [item])
                continue
            remind_days = deciding.library.in_force(row["now"]).recovery.remind_days
            near_at = row["filing_due_at"] - timedelta(days=remind_days)
            said = OVERDUE if row["overdue"] else NEAR if near_at <= row["now"] else None
            if said and said != row["status_detail"]:
                told[said].append(row["recovery_id"])
            if said is OVERDUE:
                work.finish(conn, [item])
            else:
                work.put_back_until(conn, {item: row["filing_due_at"] if said else near_at})
        for said, recovery_ids in told.items():
            recoveries.note_filing(conn, recovery_ids, said)
        traced = trail.trails(conn, [*told[NEAR], *told[OVERDUE]])
    for said, recovery_ids in told.items():
        for recovery_id in recovery_ids:
            row = rows[recovery_id]
            log.warning(
                said,
                recovery_id=recovery_id,
                carrier=row["carrier"],
                filing_due_at=str(row["filing_due_at"]),
                **traced[recovery_id],
            )
