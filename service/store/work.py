"""The work table: what is due, leased with fencing, finished with its results, parked when it keeps failing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from service.queues import TERMS, Kind
from service.store.database import Connection


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A leased step; only the holder of `lease_id` can finish it. `request_id` is that of the push that made it due."""

    work_id: int
    kind: Kind
    subject_id: str
    request_id: str | None
    attempts: int
    lease_id: UUID


def add(
    conn: Connection,
    kind: Kind,
    subjects: Iterable[str],
    due_at: datetime | None = None,
    *,
    pause: timedelta = timedelta(),
) -> None:
    """Make a step due for each subject at `due_at`, and not before a pause from now, in the caller's transaction."""
    conn.execute(
        """
        INSERT INTO work (kind, subject_id, due_at)
        SELECT %(kind)s, subject_id, greatest(%(due_at)s, now() + %(pause)s)
        FROM unnest(%(subjects)s::text[]) AS subject_id
        """,
        {"kind": kind, "subjects": sorted(set(subjects)), "due_at": due_at, "pause": pause},
    )


def lease(conn: Connection, kind: Kind) -> list[WorkItem]:
    """Take a batch of due steps that no one else holds; run on an autocommit connection."""
    terms = TERMS[kind]
    rows = conn.execute(
        f"""
        UPDATE work
        SET lease_id = %(lease_id)s,
            due_at = now() + make_interval(secs => %(lease_seconds)s),
            attempts = attempts + 1
        WHERE work_id = ANY(ARRAY({_due(kind)}))
        RETURNING work_id, kind, subject_id, request_id, attempts, lease_id
        """,
        {"lease_id": uuid4(), "lease_seconds": terms.lease_seconds},
    )
    return sorted((WorkItem(**{**row, "kind": Kind(row["kind"])}) for row in rows), key=lambda i: i.work_id)


def _due(kind: Kind) -> str:
    """Kind, cap and limit stand in the statement: given as parameters they had it planned anew for every lease."""
    terms = TERMS[kind]
    return f"""
        SELECT work_id
        FROM work
        WHERE kind = '{kind}' AND due_at <= now() AND parked_at IS NULL AND attempts < {terms.attempts_cap:d}
        ORDER BY due_at, work_id
        LIMIT {terms.batch:d}
        FOR UPDATE SKIP LOCKED
    """


def scan_plan(conn: Connection, kind: Kind) -> list[str]:
    """Return how Postgres finds what is due of a kind, with the rows and pages that it read, a line a step."""
    plan = conn.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) {_due(kind)}")
    return [str(row["QUERY PLAN"]).strip() for row in plan]


def hold(conn: Connection, items: Sequence[WorkItem]) -> list[WorkItem]:
    """Lock the steps still held and return them; begin a step's transaction with this, or with `finish`.

    A lease that was lost meanwhile returns nothing, so a late worker writes nothing. Only a question to a provider is
    locked before its step, as by whoever wants the answer.
    """
    rows = conn.execute(
        """
        SELECT work_id
        FROM work
        WHERE work_id = ANY(%(ids)s) AND lease_id = ANY(%(lease_ids)s)
        ORDER BY work_id
        FOR UPDATE
        """,
        _leases(items),
    )
    return _still(items, rows.fetchall())


def finish(conn: Connection, items: Sequence[WorkItem]) -> list[WorkItem]:
    """Remove the steps still held and return them; what they write belongs in the same transaction."""
    rows = conn.execute(
        "DELETE FROM work WHERE work_id = ANY(%(ids)s) AND lease_id = ANY(%(lease_ids)s) RETURNING work_id",
        _leases(items),
    )
    return _still(items, rows.fetchall())


def put_back(
    conn: Connection,
    items: Sequence[WorkItem],
    *,
    pause: timedelta = timedelta(),
    due_at: datetime | None = None,
) -> None:
    """Return held steps unharmed, due at `due_at` or after `pause`; the attempt does not count."""
    if not items:
        return
    conn.execute(
        """
        UPDATE work
        SET lease_id = NULL, due_at = coalesce(%(due_at)s, now() + %(pause)s), attempts = 0
        WHERE work_id = ANY(%(ids)s) AND lease_id = ANY(%(lease_ids)s)
        """,
        _leases(items) | {"due_at": due_at, "pause": pause},
    )


def look_again(conn: Connection, items: Sequence[WorkItem], due_at: Mapping[str, datetime]) -> None:
    """Return held steps of one kind, each due when its subject is to be looked at again; finish those without a time.

    A subject keeps one step: this one, for it looks again at all there is.
    """
    kept = {item.subject_id: item for item in items if item.subject_id in due_at}
    finish(conn, [item for item in items if kept.get(item.subject_id) is not item])
    put_back_until(conn, {item: due_at[subject] for subject, item in kept.items()})


def put_back_until(conn: Connection, due: Mapping[WorkItem, datetime]) -> None:
    """Return held steps, each due at a time of its own, without their twins that are due later."""
    if not due:
        return
    conn.execute(
        """
        UPDATE work
        SET lease_id = NULL, due_at = given.due_at, attempts = 0
        FROM unnest(%(ids)s::bigint[], %(lease_ids)s::uuid[], %(times)s::timestamptz[])
            AS given (work_id, lease_id, due_at)
        WHERE work.work_id = ANY(%(ids)s) AND work.work_id = given.work_id AND work.lease_id = given.lease_id
        """,
        {
            "ids": [item.work_id for item in due],
            "lease_ids": [item.lease_id for item in due],
            "times": list(due.values()),
        },
    )
    drop_later_twins(conn, list(due))


def drop_later_twins(conn: Connection, items: Sequence[WorkItem], *, within: timedelta | None = None) -> None:
    """Remove steps of the same kind and subject that are due later: these, put back, look again anyway.

    Of several with one subject the last one looks for all. `within` leaves alone what is due after that time from now.
    """
    if not items:
        return
    last = {(item.kind, item.subject_id): item.work_id for item in sorted(items, key=lambda item: item.work_id)}
    conn.execute(
        """
        DELETE FROM work
        USING unnest(%(kinds)s::text[], %(subjects)s::text[], %(ids)s::bigint[]) AS kept (kind, subject_id, work_id)
        WHERE work.subject_id = ANY(%(subjects)s) AND work.subject_id = kept.subject_id AND work.kind = kept.kind
            AND work.work_id <> kept.work_id
            AND lease_id IS NULL AND parked_at IS NULL AND due_at > now()
            AND (%(within)s::interval IS NULL OR due_at <= now() + %(within)s::interval)
        """,
        {
            "within": within,
            "kinds": [kind for kind, _ in last],
            "subjects": [subject_id for _, subject_id in last],
            "ids": list(last.values()),
        },
    )


def fail(conn: Connection, item: WorkItem, error: str, pause_seconds: int) -> None:
    """Note a failed attempt: due again after a pause, or parked for a person once the cap is reached."""
    conn.execute(
        """
        UPDATE work
        SET lease_id = NULL,
            last_error = %(error)s,
            due_at = now() + make_interval(secs => %(pause)s),
            parked_at = CASE WHEN attempts >= %(cap)s THEN now() END
        WHERE work_id = %(work_id)s AND lease_id = %(lease_id)s
        """,
        {
            "work_id": item.work_id,
            "lease_id": item.lease_id,
            "error": error[:2000],
            "pause": pause_seconds,
            "cap": TERMS[item.kind].attempts_cap,
        },
    )


def park(conn: Connection, item: WorkItem, error: str) -> None:
    """Set a step aside for a person at once."""
    conn.execute(
        """
        UPDATE work
        SET lease_id = NULL, parked_at = now(), last_error = %(error)s
        WHERE work_id = %(work_id)s AND lease_id = %(lease_id)s
        """,
        {"work_id": item.work_id, "lease_id": item.lease_id, "error": error[:2000]},
    )


def due_kinds(conn: Connection, stale_seconds: float = 0) -> list[Kind]:
    """Return the kinds with a step that has been due for at least `stale_seconds`."""
    rows = conn.execute(
        """
        SELECT kind
        FROM unnest(%(kinds)s::text[]) AS kind
        WHERE EXISTS (
            SELECT FROM work
            WHERE work.kind = kind.kind AND parked_at IS NULL
                AND due_at <= now() - make_interval(secs => %(stale)s)
        )
        """,
        {"kinds": list(Kind), "stale": stale_seconds},
    )
    return [Kind(row["kind"]) for row in rows]


def park_exhausted(conn: Connection) -> int:
    """Park steps whose workers died with them at every attempt, and return how many."""
    caps = {kind: terms.attempts_cap for kind, terms in TERMS.items()}
    return conn.execute(
        """
        UPDATE work
        SET parked_at = now(), lease_id = NULL,
            last_error = coalesce(last_error, 'its worker died at every attempt')
        FROM jsonb_each_text(%(caps)s) AS cap (kind, attempts)
        WHERE work.kind = cap.kind AND work.attempts >= cap.attempts::int
            AND work.parked_at IS NULL AND work.due_at <= now()
        """,
        {"caps": Jsonb(caps)},
    ).rowcount


def parked(conn: Connection) -> list[dict[str, Any]]:
    """Return the parked steps, newest first, with their errors."""
    return conn.execute(
        """
        SELECT work_id, kind, subject_id, attempts, last_error, parked_at, created_at
        FROM work
        WHERE parked_at IS NOT NULL
        ORDER BY parked_at DESC, work_id DESC
        LIMIT 1000
        """
    ).fetchall()


def retry(conn: Connection, work_id: int) -> bool:
    """Give a parked step its attempts back; False if there is no such parked step."""
    done = conn.execute(
        """
        UPDATE work
        SET parked_at = NULL, attempts = 0, due_at = now()
        WHERE work_id = %(work_id)s AND parked_at IS NOT NULL
        """,
        {"work_id": work_id},
    )
    return done.rowcount == 1


def leased(conn: Connection, kind: Kind) -> dict[str, int]:
    """Return the subjects of a kind's steps that a worker holds now, each with which attempt it is."""
    rows = conn.execute(
        """
        SELECT subject_id, attempts
        FROM work
        WHERE kind = %(kind)s AND lease_id IS NOT NULL AND parked_at IS NULL AND due_at > now()
        ORDER BY work_id
        """,
        {"kind": kind},
    )
    return {row["subject_id"]: row["attempts"] for row in rows}


def _leases(items: Sequence[WorkItem]) -> dict[str, Any]:
    return {"ids": [item.work_id for item in items], "lease_ids": list({item.lease_id for item in items})}


def _still(items: Sequence[WorkItem], rows: Sequence[dict[str, Any]]) -> list[WorkItem]:
    held = {row["work_id"] for row in rows}
    return [item for item in items if item.work_id in held]
