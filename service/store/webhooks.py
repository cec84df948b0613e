"""Webhooks: who wants to hear of what at which address, and how far in the feed each has come."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from service.domain.delivery import Verdict
from service.store.database import Connection
from service.store.events import READS_EVENTS, visible_after

LAID_OUT_AT_ONCE = 200

_COLUMNS = """
    webhook_id, client_id, url, event_types, description, status, because, paused_until, earlier_secret_ends_at,
    created_at, changed_at
"""


def add(conn: Connection, client_id: str, wanted: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """Store a webhook (`wanted`: url, event_types, description); it hears what happens from now on."""
    row = conn.execute(
        f"""
        INSERT INTO webhooks (client_id, url, event_types, description, secret)
        VALUES (%(client_id)s, %(url)s, %(event_types)s, %(description)s, %(secret)s)
        RETURNING {_COLUMNS}
        """,
        {
            "client_id": client_id,
            "url": wanted["url"],
            "event_types": list(wanted["event_types"]),
            "description": wanted["description"],
            "secret": secret,
        },
    ).fetchone()
    assert row is not None
    return row


def find(conn: Connection, client_id: str, webhook_id: str) -> dict[str, Any] | None:
    """Return a client's own webhook, without its secrets."""
    return conn.execute(
        f"""
        SELECT {_COLUMNS}
        FROM webhooks
        WHERE webhook_id = %(webhook_id)s AND client_id = %(client_id)s AND deleted_at IS NULL
        """,
        {"webhook_id": webhook_id, "client_id": client_id},
    ).fetchone()


def of_client(conn: Connection, client_id: str, before: str | None, limit: int) -> list[dict[str, Any]]:
    """Return a client's webhooks, newest first."""
    return conn.execute(
        f"""
        SELECT {_COLUMNS}
        FROM webhooks
        WHERE client_id = %(client_id)s AND deleted_at IS NULL
            AND (%(before)s::text IS NULL OR webhook_id < %(before)s)
        ORDER BY webhook_id DESC
        LIMIT %(limit)s
        """,
        {"client_id": client_id, "before": before, "limit": limit},
    ).fetchall()


def count(conn: Connection, client_id: str) -> int:
    """Return how many webhooks a client has."""
    row = conn.execute(
        "SELECT count(*) AS webhooks FROM webhooks WHERE client_id = %s AND deleted_at IS NULL", (client_id,)
    ).fetchone()
    return int(row["webhooks"]) if row else 0


def secret_of(conn: Connection, webhook_id: str) -> str | None:
    """Return the secret that signs now, as it was stored."""
    row = conn.execute(
        "SELECT secret FROM webhooks WHERE webhook_id = %s AND deleted_at IS NULL", (webhook_id,)
    ).fetchone()
    return str(row["secret"]) if row else None


def change(conn: Connection, client_id: str, webhook_id: str, changes: Mapping[str, Any]) -> dict[str, Any] | None:
    """Apply changes (url, event_types, description, status); None if there is no such webhook.

    A new address or a new start is tried at once: the pause and what was said about the old one are forgotten.
    """
    return conn.execute(
        f"""
        UPDATE webhooks
        SET url = coalesce(%(url)s, url),
            event_types = coalesce(%(event_types)s, event_types),
            description = coalesce(%(description)s, description),
            status = coalesce(%(status)s, status),
            because = CASE WHEN %(status)s IS NULL THEN because ELSE '' END,
            failures = CASE WHEN %(afresh)s THEN 0 ELSE failures END,
            paused_until = CASE WHEN %(afresh)s THEN NULL ELSE paused_until END,
            changed_at = now()
        WHERE webhook_id = %(webhook_id)s AND client_id = %(client_id)s AND deleted_at IS NULL
        RETURNING {_COLUMNS}
        """,
        {
            "webhook_id": webhook_id,
            "client_id": client_id,
            **{name: changes.get(name) for name in ("url", "event_types", "description", "status")},
            "afresh": "url" in changes or "status" in changes,
        },
    ).fetchone()


def rotate(conn: Connection, client_id: str, webhook_id: str, secret: str, hours: int) -> dict[str, Any] | None:
    """Put a new secret beside the one that signs now, which ends after so many hours; None without such a webhook."""
    return conn.execute(
        f"""
        UPDATE webhooks
        SET earlier_secret = CASE WHEN %(hours)s > 0 THEN secret END,
            earlier_secret_ends_at = CASE WHEN %(hours)s > 0 THEN now() + make_interval(hours => %(hours)s) END,
            secret = %(secret)s,
            changed_at = now()
        WHERE webhook_id = %(webhook_id)s AND client_id = %(client_id)s AND deleted_at IS NULL
        RETURNING {_COLUMNS}
        """,
        {"webhook_id": webhook_id, "client_id": client_id, "secret": secret, "hours": hours},
    ).fetchone()


def remove(conn: Connection, client_id: str, webhook_id: str) -> bool:
    """End a webhook and forget its secrets; False if there is none. Its deliveries fade with their events."""
    done = conn.execute(
        """
        UPDATE webhooks
        SET deleted_at = now(), status = 'disabled', secret = '', earlier_secret = NULL, earlier_secret_ends_at = NULL
        WHERE webhook_id = %(webhook_id)s AND client_id = %(client_id)s AND deleted_at IS NULL
        """,
        {"webhook_id": webhook_id, "client_id": client_id},
    )
    return done.rowcount == 1


def live(conn: Connection, webhook_id: str) -> dict[str, Any] | None:
    """Return a webhook that may be called, with its live secrets as stored, newest first; None: nothing goes to it."""
    return conn.execute(
        f"""
        SELECT webhook_id, url, failures,
            coalesce(paused_until > now(), false) AS paused,
            ARRAY[secret] || CASE WHEN earlier_secret_ends_at > now() THEN ARRAY[earlier_secret] END AS secrets
        FROM webhooks
        JOIN clients AS reader USING (client_id)
        WHERE webhook_id = %(webhook_id)s AND status <> 'disabled' AND {READS_EVENTS}
        """,
        {"webhook_id": webhook_id},
    ).fetchone()


def lock_secrets(conn: Connection, prefix: str) -> list[dict[str, Any]]:
    """Lock the webhooks with a stored secret that begins with `prefix`, and return their secrets."""
    return conn.execute(
        """
        SELECT webhook_id, secret, earlier_secret
        FROM webhooks
        WHERE deleted_at IS NULL AND (starts_with(secret, %(prefix)s) OR starts_with(earlier_secret, %(prefix)s))
        ORDER BY webhook_id
        FOR NO KEY UPDATE
        """,
        {"prefix": prefix},
    ).fetchall()


def keep_secrets(conn: Connection, webhook_id: str, kept: Mapping[str, str | None]) -> None:
    """Store the secrets of a locked webhook (`kept`: secret, earlier_secret) in another form; they sign as before."""
    conn.execute(
        """
        UPDATE webhooks
        SET secret = %(secret)s, earlier_secret = %(earlier_secret)s
        WHERE webhook_id = %(webhook_id)s
        """,
        {**kept, "webhook_id": webhook_id},
    )


def lay_out(conn: Connection, webhook_id: str) -> bool:
    """Make deliveries of the next events that a webhook may see and wants, and move its place behind them.

    False when there was nothing new. The caller holds the webhook's turn, so that two never lay out the same.
    """
    moved = conn.execute(
        f"""
        WITH seen AS (
            SELECT event.xact, event.event_id, event.type, event_types
            FROM webhooks
            JOIN clients AS reader USING (client_id)
            CROSS JOIN LATERAL ({visible_after("after_xact", "after_id", LAID_OUT_AT_ONCE)}) AS event
            WHERE webhook_id = %(webhook_id)s AND {READS_EVENTS}
        ),
        laid_out AS (
            INSERT INTO deliveries (webhook_id, xact, event_id)
            SELECT %(webhook_id)s, xact, event_id
            FROM seen
            WHERE type = ANY(event_types) OR event_types = '{{}}'
            ORDER BY xact, event_id
            ON CONFLICT DO NOTHING
        )
        UPDATE webhooks
        SET after_xact = last.xact, after_id = last.event_id
        FROM (SELECT xact, event_id FROM seen ORDER BY xact DESC, event_id DESC LIMIT 1) AS last
        WHERE webhook_id = %(webhook_id)s
        """,
        {"webhook_id": webhook_id},
    )
    return moved.rowcount == 1


def note(conn: Connection, webhook_id: str, verdict: Verdict) -> None:
    """Write what a round of attempts says about a webhook; one that was disabled meanwhile stays so."""
    conn.execute(
        """
        UPDATE webhooks
        SET status = coalesce(%(status)s, status),
            because = %(because)s,
            failures = %(failures)s,
            paused_until = now() + make_interval(secs => %(pause)s)
        WHERE webhook_id = %(webhook_id)s AND status <> 'disabled'
        """,
        {
            "webhook_id": webhook_id,
            "status": verdict.status,
            "because": verdict.because,
            "failures": verdict.failures,
            "pause": verdict.pause_seconds,
        },
    )


def pause(conn: Connection, webhook_id: str, pause: timedelta) -> None:
    """Let nothing call a webhook up for so long, for a reason of ours: nothing is said of it."""
    conn.execute("UPDATE webhooks SET paused_until = now() + %s WHERE webhook_id = %s", (pause, webhook_id))


def call_up(conn: Connection, webhook_id: str) -> None:
    """Make a webhook's turn due now, past its pause: a person wants to see it tried.

    A turn locks its step, then its deliveries and its webhook: whoever changes one of those calls up first.
    """
    conn.execute(
        f"INSERT INTO work (kind, subject_id) VALUES ('deliver_webhook', %s) {_ONE_TURN}",
        (webhook_id,),
    )
    conn.execute("UPDATE webhooks SET failures = 0, paused_until = NULL WHERE webhook_id = %s", (webhook_id,))


def call_up_all(conn: Connection) -> int:
    """Make a turn due for every webhook that has something new in the feed, and return how many were called up."""
    return conn.execute(
        f"""
        INSERT INTO work (kind, subject_id)
        SELECT 'deliver_webhook', webhook_id
        FROM webhooks
        JOIN clients AS reader USING (client_id)
        WHERE status <> 'disabled' AND (paused_until IS NULL OR paused_until <= now()) AND {READS_EVENTS}
            AND NOT EXISTS (
                SELECT FROM work
                WHERE kind = 'deliver_webhook' AND subject_id = webhook_id
                    AND (lease_id IS NOT NULL OR due_at <= now() OR parked_at IS NOT NULL)
            )
            AND EXISTS ({visible_after("after_xact", "after_id", 1)})
        {_ONE_TURN}
        """
    ).rowcount


_ONE_TURN = """
    ON CONFLICT (subject_id) WHERE kind = 'deliver_webhook' DO UPDATE SET due_at = now()
    WHERE work.lease_id IS NULL AND work.parked_at IS NULL
"""


def forget_removed(conn: Connection) -> int:
    """Delete the rows of removed webhooks whose last delivery is gone, and return how many."""
    return conn.execute(
        """
        DELETE FROM webhooks
        WHERE deleted_at IS NOT NULL
            AND NOT EXISTS (SELECT FROM deliveries WHERE deliveries.webhook_id = webhooks.webhook_id)
        """
    ).rowcount
