"""What happened: written by the database itself in the same transaction, read in an order that loses nothing."""

from typing import Any

from service.store.database import Connection

KEPT_DAYS = 90
FORGOTTEN_AT_ONCE = 1000

READS_EVENTS = """
    reader.revoked_at IS NULL AND (reader.expires_at IS NULL OR reader.expires_at > now())
    AND reader.scopes && '{events:read,events:all}'
"""
"""Whether the client in the row `reader` may hear of events now; a token that was revoked hears nothing more."""


def visible_after(xact: str, event_id: str, most: int) -> str:
    """Return the query for the events after a place that the client in the row `reader` may see, in the feed's order.

    `events:all` sees everything, a farmer's token that farmer's, any other its own claims', whoever
    opened them. Only transactions older than the oldest one under way are told: those are complete, so
    that nobody who remembers a place misses what is committed behind it. A test concerns one webhook alone.
    """
    after = f"""
        FROM events
        WHERE (xact, event_id) > ({xact}, {event_id}) AND xact < pg_snapshot_xmin(pg_current_snapshot())
            AND type <> 'webhook.test'
    """
    part = f"ORDER BY xact, event_id LIMIT {most:d}"
    columns = "xact, event_id, type, data, occurred_at"
    return f"""
        SELECT {columns} FROM (
            (SELECT {columns} {after}
                AND reader.farmer_id IS NULL AND 'events:all' = ANY(reader.scopes) {part})
            UNION ALL
            (SELECT {columns} {after} AND farmer_id = reader.farmer_id {part})
            UNION ALL
            (SELECT {columns} {after} AND owner = reader.client_id
                AND reader.farmer_id IS NULL AND 'events:all' <> ALL(reader.scopes) {part})
        ) AS any_of
        ORDER BY xact, event_id
        LIMIT {most:d}
    """


def feed(conn: Connection, client_id: str, xact: int, event_id: str, most: int) -> list[dict[str, Any]]:
    """Return at most so many of the events that a client may see, oldest first, after a place (0 and '': all)."""
    return conn.execute(
        f"""
        SELECT event.xact::text::bigint AS xact, event_id, type, data, occurred_at
        FROM clients AS reader
        CROSS JOIN LATERAL ({visible_after("%(xact)s::text::xid8", "%(event_id)s", most)}) AS event
        WHERE reader.client_id = %(client_id)s AND {READS_EVENTS}
        ORDER BY event.xact, event_id
        """,
        {"client_id": client_id, "xact": str(xact), "event_id": event_id},
    ).fetchall()


def forget_old(conn: Connection) -> int:
    """Delete a batch of events past their time, with their deliveries, and return how many."""
    return conn.execute(
        f"""
        DELETE FROM events
        WHERE (xact, event_id) IN (
            SELECT xact, event_id
            FROM (
                SELECT xact, event_id, occurred_at FROM events ORDER BY xact, event_id LIMIT {FORGOTTEN_AT_ONCE:d}
            ) AS oldest
            WHERE occurred_at < now() - make_interval(days => %(days)s)
        )
        """,
        {"days": KEPT_DAYS},
    ).rowcount
