"""Deliveries: one for each event and webhook, tried until it is taken or given up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from service.domain.delivery import Attempt, Next
from service.store.database import Connection

ROUND = 20

_SHOWN = """
    SELECT delivery_id, event_id, events.type AS event_type, deliveries.status, attempts, status_code, error,
        duration_ms, attempted_at, deliveries.created_at,
        CASE WHEN deliveries.status = 'pending' THEN greatest(next_attempt_at, paused_until) END AS next_attempt_at
    FROM deliveries
    JOIN events USING (xact, event_id)
    JOIN webhooks USING (webhook_id)
"""


def due(conn: Connection, webhook_id: str) -> list[dict[str, Any]]:
    """Return the next round of a webhook's due deliveries with their events, the longest due first."""
    return conn.execute(
        f"""
        SELECT delivery_id, attempts, event_id, type, data, occurred_at, events.claim_id, claims.request_id
        FROM deliveries
        JOIN events USING (xact, event_id)
        LEFT JOIN claims ON claims.claim_id = events.claim_id
        WHERE webhook_id = %(webhook_id)s AND deliveries.status = 'pending' AND next_attempt_at <= now()
        ORDER BY next_attempt_at, delivery_id
        LIMIT {ROUND:d}
        """,
        {"webhook_id": webhook_id},
    ).fetchall()


def next_due_at(conn: Connection, webhook_id: str) -> datetime | None:
    """Return when a webhook's next delivery can be tried, its pause included; None if none waits."""
    row = conn.execute(
        """
        SELECT greatest(min(next_attempt_at), min(paused_until)) AS due_at
        FROM deliveries
        JOIN webhooks USING (webhook_id)
        WHERE webhook_id = %(webhook_id)s AND deliveries.status = 'pending'
        """,
        {"webhook_id": webhook_id},
    ).fetchone()
    return row["due_at"] if row else None


def note(conn: Connection, tried: Sequence[tuple[Attempt, Next]]) -> None:
    """Write what became of a round of attempts."""
    conn.execute(
        """
        UPDATE deliveries
        SET status = tried.status,
            attempts = tried.attempts,
            next_attempt_at = coalesce(now() + make_interval(secs => tried.pause), next_attempt_at),
            attempted_at = now(),
            status_code = tried.status_code,
            error = tried.error,
            duration_ms = tried.duration_ms
        FROM jsonb_to_recordset(%(tried)s) AS tried (
            delivery_id text, status text, attempts integer, pause double precision, status_code integer, error text,
            duration_ms integer
        )
        WHERE deliveries.delivery_id = tried.delivery_id AND deliveries.status = 'pending'
        """,
        {"tried": Jsonb([_tried(attempt, follows) for attempt, follows in tried])},
    )


def of_webhook(
    conn: Connection, webhook_id: str, status: str | None, before: str | None, limit: int
) -> list[dict[str, Any]]:
    """Return a webhook's deliveries, newest first."""
    return conn.execute(
        f"""
        {_SHOWN}
        WHERE webhook_id = %(webhook_id)s
            AND (%(status)s::text IS NULL OR deliveries.status = %(status)s)
            AND (%(before)s::text IS NULL OR delivery_id < %(before)s)
        ORDER BY delivery_id DESC
        LIMIT %(limit)s
        """,
        {"webhook_id": webhook_id, "status": status, "before": before, "limit": limit},
    ).fetchall()


def add_test(conn: Connection, webhook_id: str) -> dict[str, Any]:
    """Make an event for one webhook alone, due at once, and return its delivery."""
    made = conn.execute(
        """
        WITH event AS (
            INSERT INTO events (type, data)
            VALUES ('webhook.test', jsonb_build_object('webhook_id', %(webhook_id)s::text))
            RETURNING xact, event_id
        )
        INSERT INTO deliveries (webhook_id, xact, event_id)
        SELECT %(webhook_id)s, xact, event_id FROM event
        RETURNING delivery_id
        """,
        {"webhook_id": webhook_id},
    ).fetchone()
    assert made is not None
    row = conn.execute(f"{_SHOWN} WHERE delivery_id = %s", (made["delivery_id"],)).fetchone()
    assert row is not None
    return row


def again(conn: Connection, webhook_id: str, delivery_id: str) -> int:
    """Begin one delivery anew, whatever became of it; 0 if there is no such delivery."""
    return conn.execute(
        f"UPDATE deliveries SET {_ANEW} WHERE webhook_id = %(webhook_id)s AND delivery_id = %(delivery_id)s",
        {"webhook_id": webhook_id, "delivery_id": delivery_id},
    ).rowcount


def failed_again(conn: Connection, webhook_id: str, since: datetime) -> int:
    """Begin all deliveries anew that were given up and whose event was laid out since; return how many."""
    return conn.execute(
        f"""
        UPDATE deliveries SET {_ANEW}
        WHERE webhook_id = %(webhook_id)s AND status = 'failed' AND created_at >= %(since)s
        """,
        {"webhook_id": webhook_id, "since": since},
    ).rowcount


_ANEW = "status = 'pending', attempts = 0, next_attempt_at = now()"


def _tried(attempt: Attempt, follows: Next) -> dict[str, Any]:
    return {
        "delivery_id": attempt.delivery_id,
        "status": follows.status,
        "attempts": attempt.attempts,
        "pause": follows.pause_seconds,
        "status_code": attempt.status_code,
        "error": attempt.error,
        "duration_ms": attempt.duration_ms,
    }
