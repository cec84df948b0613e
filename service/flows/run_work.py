"""Runs due work: leases a batch, does it, and keeps one faulty item from holding up the rest."""

from collections.abc import Callable, Mapping, Sequence

import structlog

from service.queues import KINDS, TERMS, Kind, Queue, backoff_seconds
from service.store import trail, work
from service.store.database import Database, DatabaseUnavailable
from service.store.work import WorkItem

Step = Callable[[Sequence[WorkItem]], None]
"""Does leased items; it finishes them in the transaction that writes their results, or raises."""

FIRST_BATCHES = 4
PATIENCE_SECONDS = 10.0
"""How long what comes after the decisions lets a backlog of them go first."""

log = structlog.get_logger()


def run_due(db: Database, kind: Kind, step: Step) -> int:
    """Do one batch of due work of a kind and return how many items were taken."""
    with db.autocommit() as conn:
        items = work.lease(conn, kind)
    if not items:
        return 0
    try:
        step(items)
    except DatabaseUnavailable:
        raise
    except Exception as fault:
        _one_by_one(db, step, items, fault)
    return len(items)


def go_round(db: Database, queue: Queue, due: Sequence[Kind], steps: Mapping[Kind, Step]) -> int:
    """Do what is due of a queue's first kind, and a batch of each other kind; return how many items were taken.

    The first kind has its turn around each of the others: a buyer's decision never waits for more than one batch of
    what comes after it. Where decisions pile up, what comes after has a turn once it has waited `PATIENCE_SECONDS`.
    """
    first, *others = KINDS[queue]
    done = _first(db, first, steps[first])
    if others and done >= FIRST_BATCHES * TERMS[first].batch:
        with db.autocommit() as conn:
            due = work.due_kinds(conn, PATIENCE_SECONDS)
    for kind in (kind for kind in others if kind in due):
        done += run_due(db, kind, steps[kind]) + _first(db, first, steps[first])
    return done


def _first(db: Database, kind: Kind, step: Step) -> int:
    """Do full batches until one is not full: then no more is due now."""
    done = 0
    for _ in range(FIRST_BATCHES):
        taken = run_due(db, kind, step)
        done += taken
        if taken < TERMS[kind].batch:
            break
    return done


def drain(db: Database, kind: Kind, step: Step, most_batches: int = 200) -> int:
    """Do due work of a kind until none is left, bounded, and return how many items were taken."""
    done = 0
    for _ in range(most_batches):
        taken = run_due(db, kind, step)
        done += taken
        if not taken:
            break
    return done


def _one_by_one(db: Database, step: Step, items: Sequence[WorkItem], fault: Exception) -> None:
    """A batch failed whole and wrote nothing: do its items alone, so that only the faulty one fails."""
    if len(items) == 1:
        note_failure(db, items[0], fault)
        return
    for item in items:
        try:
            step([item])
        except DatabaseUnavailable:
            raise
        except Exception as alone:
            note_failure(db, item, alone)


def note_failure(db: Database, item: WorkItem, fault: Exception) -> None:
    """Log what a step raised, and make the step due again after a pause, or park it."""
    said: Mapping[str, str | None] = {"request_id": item.request_id}
    try:
        with db.autocommit() as conn:
            work.fail(conn, item, f"{type(fault).__name__}: {fault}", backoff_seconds(item.attempts))
            said = trail.trails(conn, [item.subject_id]).get(item.subject_id, said)
    finally:
        log.error(
            "step_failed", kind=item.kind, subject_id=item.subject_id, attempts=item.attempts, exc_info=fault, **said
        )
