"""Figures about the whole service, each from an index: what they cost does not grow with the history."""

from typing import Any

from service.queues import Kind
from service.store.database import Connection, read_whole_tables

WAITED_FOR = ("buyer", "farmer", "carrier", "platform")
UNFINISHED = ("pending", "unknown", "failed")
RESTING = 100
"""After a check of the ledger so many times its own duration pass until the next: it costs 1 % of a core at most."""


def backlog(conn: Connection) -> list[dict[str, Any]]:
    """Return per kind: steps due, the greatest age of one in seconds, and steps parked."""
    return conn.execute(
        """
        SELECT kind, due.steps AS due, due.oldest_seconds, parked.steps AS parked
        FROM unnest(%(kinds)s::text[]) AS kind
        CROSS JOIN LATERAL (
            SELECT count(*) AS steps,
                coalesce(extract(epoch FROM now() - min(due_at)), 0)::float AS oldest_seconds
            FROM work
            WHERE work.kind = kind.kind AND parked_at IS NULL AND due_at <= now()
        ) AS due
        CROSS JOIN LATERAL (
            SELECT count(*) AS steps FROM work WHERE work.kind = kind.kind AND parked_at IS NOT NULL
        ) AS parked
        ORDER BY kind
        """,
        {"kinds": list(Kind)},
    ).fetchall()


def waiting(conn: Connection) -> dict[str, int]:
    """Return how many claims wait for whom."""
    rows = conn.execute(
        """
        SELECT party, (SELECT count(*) FROM claims WHERE waiting_on = party AND waiting_on <> 'none') AS claims
        FROM unnest(%(parties)s::text[]) AS party
        ORDER BY party
        """,
        {"parties": list(WAITED_FOR)},
    )
    return {row["party"]: row["claims"] for row in rows}


def unfinished(conn: Connection) -> list[dict[str, Any]]:
    """Return how many refunds and payouts are in each state that is not their good end."""
    return conn.execute(
        """
        SELECT state,
            (SELECT count(*) FROM refunds WHERE status = state AND status <> 'succeeded') AS refunds,
            (SELECT count(*) FROM payouts WHERE status = state AND status <> 'succeeded') AS payouts
        FROM unnest(%(states)s::text[]) AS state
        ORDER BY state
        """,
        {"states": list(UNFINISHED)},
    ).fetchall()


def tallied(conn: Connection, measure: str) -> dict[tuple[str, ...], int]:
    """Return what a measure has counted by its labels."""
    rows = conn.execute(
        """
        SELECT labels, sum(counted)::bigint AS counted
        FROM tallies
        WHERE measure = %(measure)s
        GROUP BY labels
        ORDER BY labels
        """,
        {"measure": measure},
    )
    return {tuple(row["labels"]): row["counted"] for row in rows}


def fold_tallies(conn: Connection) -> None:
    """Fold each measure's small rows into one a label; rows that come in meanwhile are folded the next time."""
    conn.execute(
        """
        WITH folded AS (
            DELETE FROM tallies RETURNING measure, labels, counted
        )
        INSERT INTO tallies (measure, labels, counted)
        SELECT measure, labels, sum(counted) FROM folded GROUP BY measure, labels
        """
    )


def check_ledger(conn: Connection) -> None:
    """Sum up the whole ledger and keep what it drifts by, unless that was done too lately for what it costs."""
    read_whole_tables(conn)
    conn.execute(
        """
        WITH due AS (
            SELECT clock_timestamp() AS began
            WHERE NOT EXISTS (
                SELECT FROM ledger_checks
                WHERE checked_at > now() - make_interval(secs => took_seconds * %(resting)s)
            )
        ),
        summed AS (
            SELECT began, coalesce(sum(abs(amount)), 0)::bigint AS drift
            FROM due
            LEFT JOIN (SELECT sum(amount) AS amount FROM entries GROUP BY currency) AS by_currency ON true
            GROUP BY began
        )
        INSERT INTO ledger_checks (drift, took_seconds, checked_at)
        SELECT drift, extract(epoch FROM clock_timestamp() - began), clock_timestamp() FROM summed
        ON CONFLICT (newest) DO UPDATE
        SET drift = excluded.drift, took_seconds = excluded.took_seconds, checked_at = excluded.checked_at
        """,
        {"resting": RESTING},
    )


def ledger_check(conn: Connection) -> dict[str, Any] | None:
    """Return by how much the ledger drifted (minor units) when it was last summed up, and how many seconds ago."""
    return conn.execute(
        "SELECT drift, extract(epoch FROM now() - checked_at)::float AS age_seconds FROM ledger_checks"
    ).fetchone()
