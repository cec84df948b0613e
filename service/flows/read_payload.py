"""Stored payloads are read into events, by the adapter of their provider as it is now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from service.carriers.base import Answering, Heard, Provider, PushUnreadable, QueryRefused, ZoneSource
from service.carriers.fields import MOST_NAME, MOST_PLACE, MOST_TEXT, unspaced
from service.carriers.names import canonical
from service.flows.hear_carrier import name_of
from service.store import payloads, tracking, work
from service.store.database import Database
from service.store.payloads import REPLY, Payload, Read
from service.store.tracking import Event
from service.store.work import WorkItem

log = structlog.get_logger()

MOST_AHEAD = timedelta(hours=1)
"""What has not happened is kept without a step and decides nothing; an hour is left for clocks that go wrong."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a payload says: its events, or why it cannot be read."""

    payload_id: str
    provider: str
    events: tuple[Event, ...] = ()
    because: str | None = None

    @property
    def read(self) -> Read:
        """What is noted of it."""
        return Read(self.payload_id, len(self.events), self.because)


def read_payloads(db: Database, providers: Mapping[str, Provider], items: Sequence[WorkItem]) -> None:
    """Read due payloads and record their events in one transaction; one that cannot be read is kept with its reason."""
    with db.autocommit() as conn:
        stored = payloads.named(conn, [item.subject_id for item in items])
    readings = {payload.payload_id: read(providers, payload) for payload in stored}
    with db.transaction() as conn:
        held = work.finish(conn, items)
        told = [readings[item.subject_id] for item in held if item.subject_id in readings]
        tracking.record(conn, [event for reading in told for event in reading.events])
        payloads.note_read(conn, [reading.read for reading in told])
    requests = {item.subject_id: item.request_id for item in held}
    for reading in told:
        if reading.because:
            log.warning(
                "payload_unreadable",
                request_id=requests[reading.payload_id],
                payload_id=reading.payload_id,
                provider=reading.provider,
                because=reading.because,
            )


def read(providers: Mapping[str, Provider], payload: Payload) -> Reading:
    """Read one payload; a provider that was taken out of the registry leaves its payloads unreadable."""
    provider = providers.get(payload.provider)
    if provider is None:
        return Reading(payload.payload_id, payload.provider, because=f"no provider {payload.provider} is registered")
    try:
        heard = _heard(provider, payload)
        events = tuple(event_from(one, provider, payload) for one in heard)
    except (PushUnreadable, QueryRefused) as unreadable:
        return Reading(payload.payload_id, payload.provider, because=unreadable.because)
    return Reading(payload.payload_id, payload.provider, events)


def event_from(heard: Heard, provider: Provider, payload: Payload) -> Event:
    """Turn what was heard into an event; raises PushUnreadable for what cannot be an event of a parcel."""
    scan = replace(
        heard.scan,
        carrier=unspaced(canonical(heard.scan.carrier), "carrier"),
        number=unspaced(heard.scan.number, "number"),
    )
    if scan.at > payload.received_at + MOST_AHEAD:
        scan = replace(scan, step=None, cause=None, celsius=None)
    place, device = _clipped(heard.place, MOST_PLACE), _clipped(heard.device, MOST_NAME)
    code, text = heard.raw_code[:MOST_NAME], heard.raw_text[:MOST_TEXT]
    return Event(
        event_id=name_of([provider.name, scan, place, device, code, text]),
        scan=scan,
        zone_source=heard.zone_source,
        provider=provider.name,
        place=place,
        raw_code=code,
        raw_text=text,
        device=device,
        assumed_zone=scan.at.tzname() if heard.zone_source is ZoneSource.ASSUMED else None,
        weak=provider.weakly_signed and payload.source != REPLY,
        payload_id=payload.payload_id,
    )


def _heard(provider: Provider, payload: Payload) -> Sequence[Heard]:
    if payload.source != REPLY:
        return provider.read(payload.body)
    if not isinstance(provider, Answering):
        raise PushUnreadable(f"{payload.provider} is no longer asked: its replies cannot be read")
    return provider.read_reply(payload.body)


def _clipped(text: str | None, most: int) -> str | None:
    return text[:most] or None if text else None
