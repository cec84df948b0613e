"""A mended adapter reads a provider's history again, and its reading takes the place of the old one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from service.carriers.base import Provider
from service.flows.read_payload import Reading, read
from service.store import payloads, rereading
from service.store.database import Connection, Database
from service.store.payloads import Payload

AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Reread:
    """What a second reading found and changed."""

    payloads: int
    unreadable: int
    events: int
    added: int
    removed: int


def reread_payloads(db: Database, providers: Mapping[str, Provider], provider: str, since: datetime) -> Reread:
    """Read a provider's payloads from `since` on again, in one transaction, and make their parcels due.

    Events that no payload tells any more are taken back; what cannot be read now keeps its old reading. Raises
    ValueError for a provider that is not registered.
    """
    if provider not in providers:
        raise ValueError(f"there is no provider {provider!r}: take one of {', '.join(providers)}")
    count = unreadable = events = 0
    with db.transaction() as conn:
        rereading.begin(conn)
        last: Payload | None = None
        while stored := payloads.page(conn, provider, since, last, AT_ONCE):
            readings = [_read_again(conn, providers, payload) for payload in stored]
            readable = [reading for reading in readings if reading.because is None]
            payloads.note_read(conn, [reading.read for reading in readings])
            count, unreadable, events = (
                count + len(readings),
                unreadable + len(readings) - len(readable),
                events + sum(len(reading.events) for reading in readable),
            )
            last = stored[-1]
        replaced = rereading.replace(conn)
    return Reread(count, unreadable, events, replaced.added, replaced.removed)


def _read_again(conn: Connection, providers: Mapping[str, Provider], payload: Payload) -> Reading:
    """Note each at once: a transaction that pauses for several large payloads would be ended by the database."""
    reading = read(providers, payload)
    if reading.because is None:
        rereading.note(conn, reading.payload_id, reading.events)
    return reading
