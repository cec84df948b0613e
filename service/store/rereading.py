"""A second reading of stored payloads takes the place of the first, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.types.json import Jsonb

from service.store import tracking
from service.store.database import Connection
from service.store.tracking import COLUMNS, EVENT, Event


@dataclass(frozen=True, slots=True)
class Replaced:
    """How many events the second reading added, and how many of the first it took back."""

    added: int
    removed: int


def begin(conn: Connection) -> None:
    """Make room for the second reading, for this transaction alone."""
    conn.execute(f"CREATE TEMPORARY TABLE second_reading ({EVENT}, PRIMARY KEY (event_id)) ON COMMIT DROP".encode())
    conn.execute("CREATE TEMPORARY TABLE read_again (payload_id text PRIMARY KEY) ON COMMIT DROP")


def note(conn: Connection, payload_id: str, events: Sequence[Event]) -> None:
    """Note what a payload says now, the oldest payload first: an event belongs to the first that tells it."""
    conn.execute("INSERT INTO read_again (payload_id) VALUES (%s)", (payload_id,))
    conn.execute(
        f"""
        INSERT INTO second_reading ({COLUMNS})
        SELECT DISTINCT ON (event_id) {COLUMNS}
        FROM jsonb_to_recordset(%(events)s) AS event ({EVENT}, place_in_list bigint)
        ORDER BY event_id, place_in_list
        ON CONFLICT (event_id) DO UPDATE
        SET weak = second_reading.weak AND excluded.weak
        """.encode(),
        {"events": Jsonb([tracking.row_of(event) | {"place_in_list": at} for at, event in enumerate(events)])},
    )


def replace(conn: Connection) -> Replaced:
    """Take back what no payload says any more, add what is new, and follow the parcels of both.

    An event's payload is the first that told it, so every other one that may tell it was received later and is
    among those read again.
    """
    removed = conn.execute(
        """
        WITH taken_back AS (
            DELETE FROM tracking_events
            USING read_again
            WHERE tracking_events.payload_id = read_again.payload_id
                AND NOT EXISTS (
                    SELECT FROM second_reading WHERE second_reading.event_id = tracking_events.event_id
                )
            RETURNING tracking_events.carrier, tracking_events.number
        ),
        followed AS (
            INSERT INTO work (kind, subject_id)
            SELECT DISTINCT 'follow_parcel', carrier || ' ' || number
            FROM taken_back
        )
        SELECT count(*) AS events FROM taken_back
        """
    ).fetchone()
    added = conn.execute(tracking.recording("SELECT * FROM second_reading").encode()).fetchone()
    assert removed is not None
    assert added is not None
    return Replaced(int(added["added"]), int(removed["events"]))
