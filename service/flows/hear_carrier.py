"""Tracking events come in, late, repeated and out of order."""

import hashlib
from typing import Any

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
    return Event(name_of([scan, place, raw_code, raw_text]), scan, zone_source, provider, place, raw_code, raw_text)


def name_of(content: list[Any]) -> str:
    """Return an event's id: the hash of its content."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()
