"""Canonical tracking events: the same event twice is one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from service.domain.parcel import Scan
from service.store.database import Connection


@dataclass(frozen=True, slots=True)
class Event:
    """A scan with what is kept beside it; `event_id` is the hash of its content."""

    event_id: str
    scan: Scan
    zone_source: str
    provider: str
    place: str | None = None
    raw_code: str | None = None
    raw_text: str | None = None


def record(conn: Connection, events: Sequence[Event]) -> int:
    """Store the new events, make their parcels due to be followed, and return how many were new.

    One statement: an event and the work it causes are there together or not at all.
    """
    row = conn.execute(
        """
        WITH given AS (
            SELECT DISTINCT ON (event_id) *
            FROM jsonb_to_recordset(%(events)s) AS event (
                event_id text, carrier text, number text, event_time timestamptz, zone_source text, step text,
                cause text, place text, celsius double precision, provider text, raw_code text, raw_text text
            )
            ORDER BY event_id
        ),
        added AS (
            INSERT INTO tracking_events (
                event_id, carrier, number, event_time, zone_source, step, cause, place, celsius, provider, raw_code,
                raw_text
            )
            SELECT event_id, carrier, number, event_time, zone_source, step, cause, place, celsius, provider, raw_code,
                raw_text
            FROM given
            ON CONFLICT (event_id) DO NOTHING
            RETURNING carrier, number
        ),
        followed AS (
            INSERT INTO work (kind, subject_id)
            SELECT DISTINCT 'follow_parcel', carrier || ' ' || number
            FROM added
        )
        SELECT count(*) AS added FROM added
        """,
        {"events": Jsonb([_row(event) for event in events])},
    ).fetchone()
    return int(row["added"]) if row else 0


def orders_of(conn: Connection, parcels: Sequence[str]) -> list[str]:
    """Return the orders that travel under the given parcels (carrier and number, a space between)."""
    rows = conn.execute(
        """
        SELECT DISTINCT order_id
        FROM unnest(%(carriers)s::text[], %(numbers)s::text[]) AS given (carrier, number)
        JOIN waybills USING (carrier, number)
        ORDER BY order_id
        """,
        {
            "carriers": [parcel.partition(" ")[0] for parcel in parcels],
            "numbers": [parcel.partition(" ")[2] for parcel in parcels],
        },
    )
    return [row["order_id"] for row in rows]


def timeline(conn: Connection, order_id: str) -> list[dict[str, Any]]:
    """Return an order's events by time."""
    return conn.execute(
        """
        SELECT event_id, carrier, number, leg, event_time, zone_source, step, cause, place, celsius, provider,
            raw_code, raw_text, tracking_events.recorded_at
        FROM waybills
        JOIN tracking_events USING (carrier, number)
        WHERE order_id = %(order_id)s
        ORDER BY event_time, event_id
        """,
        {"order_id": order_id},
    ).fetchall()


def _row(event: Event) -> dict[str, Any]:
    scan = event.scan
    return {
        "event_id": event.event_id,
        "carrier": scan.carrier,
        "number": scan.number,
        "event_time": scan.at.isoformat(),
        "zone_source": event.zone_source,
        "step": scan.step,
        "cause": scan.cause,
        "place": event.place,
        "celsius": scan.celsius,
        "provider": event.provider,
        "raw_code": event.raw_code,
        "raw_text": event.raw_text,
    }
