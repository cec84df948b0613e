"""Canonical tracking events: the same event twice is one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from service.domain.parcel import Scan
from service.store.database import Connection

EVENT = """
    event_id text, carrier text, number text, event_time timestamptz, zone_source text, assumed_zone text, step text,
    cause text, place text, celsius double precision, air text, device text, provider text, raw_code text,
    raw_text text, weak boolean, payload_id text
"""
"""The columns of an event that is given to be stored, with their types."""

COLUMNS = """
    event_id, carrier, number, event_time, zone_source, assumed_zone, step, cause, place, celsius, air, device,
    provider, raw_code, raw_text, weak, payload_id
"""


@dataclass(frozen=True, slots=True)
class Event:
    """A scan with what is kept beside it; `event_id` is the hash of its content.

    `weak`: told by a weakly signed push; `payload_id`: the raw payload that it was read from.
    """

    event_id: str
    scan: Scan
    zone_source: str
    provider: str
    place: str | None = None
    raw_code: str | None = None
    raw_text: str | None = None
    device: str | None = None
    assumed_zone: str | None = None
    weak: bool = False
    payload_id: str | None = None


def record(conn: Connection, events: Sequence[Event]) -> int:
    """Store the new events, make their parcels due to be followed, and return how many were new.

    One statement: an event and the work it causes are there together or not at all.
    """
    given = f"SELECT * FROM jsonb_to_recordset(%(events)s) AS event ({EVENT})"
    row = conn.execute(recording(given).encode(), {"events": Jsonb([row_of(event) for event in events])}).fetchone()
    return int(row["added"]) if row else 0


def recording(given: str) -> str:
    """Return the statement that stores what a query gives: a weak event that is told strongly turns strong."""
    return f"""
        WITH given AS (
            SELECT DISTINCT ON (event_id) *
            FROM ({given}) AS told
            ORDER BY event_id, weak
        ),
        added AS (
            INSERT INTO tracking_events ({COLUMNS})
            SELECT {COLUMNS}
            FROM given
            ORDER BY event_id
            ON CONFLICT (event_id) DO UPDATE
            SET weak = false
            WHERE tracking_events.weak AND NOT excluded.weak
            RETURNING carrier, number, (xmax = 0) AS new
        ),
        followed AS (
            INSERT INTO work (kind, subject_id)
            SELECT DISTINCT 'follow_parcel', carrier || ' ' || number
            FROM added
        )
        SELECT count(*) FILTER (WHERE new) AS added FROM added
    """


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
        SELECT event_id, carrier, number, leg, event_time, zone_source, assumed_zone, step, cause, place, celsius, air,
            device, provider, weak AS weakly_signed, raw_code, raw_text, payload_id, tracking_events.recorded_at
        FROM waybills
        JOIN tracking_events USING (carrier, number)
        WHERE order_id = %(order_id)s
        ORDER BY event_time, event_id
        """,
        {"order_id": order_id},
    ).fetchall()


def unknown_codes(conn: Connection) -> list[dict[str, Any]]:
    """Return codes that no table gives a step for, the most frequent first, with a sample of their texts."""
    return conn.execute(
        """
        SELECT provider, code, events, sample, first_seen_at, last_seen_at
        FROM unknown_codes
        ORDER BY events DESC, provider, code
        LIMIT 1000
        """
    ).fetchall()


def row_of(event: Event) -> dict[str, Any]:
    """Return an event as the columns that it is stored in."""
    scan = event.scan
    return {
        "event_id": event.event_id,
        "carrier": scan.carrier,
        "number": scan.number,
        "event_time": scan.at.isoformat(),
        "zone_source": event.zone_source,
        "assumed_zone": event.assumed_zone,
        "step": scan.step,
        "cause": scan.cause,
        "place": event.place,
        "celsius": scan.celsius,
        "air": scan.air,
        "device": event.device,
        "provider": event.provider,
        "raw_code": event.raw_code,
        "raw_text": event.raw_text,
        "weak": event.weak,
        "payload_id": event.payload_id,
    }
