"""Tracking events come in, late, repeated and out of order."""

import hashlib

from service.domain.parcel import Scan
from service.domain.sheet import canonical
from service.store import tracking
from service.store.database import Database
from service.store.tracking import Event


def hear_carrier(db: Database, events: list[Event]) -> int:
    """Store what is new and return how many events were; their parcels are followed by the worker."""
    with db.autocommit() as conn:
        return tracking.record(conn, events)


def event_of(
    scan: Scan,
    *,
    zone_source: str,
    provider: str,
    place: str | None = None,
    raw_code: str | None = None,
    raw_text: str | None = None,
) -> Event:
    """Name an event by the hash of its content, so that the same event twice is one."""
    content = canonical([scan, place, raw_code, raw_text])
    event_id = hashlib.sha256(content.encode()).hexdigest()
    return Event(event_id, scan, zone_source, provider, place, raw_code, raw_text)
