"""Force majeure: a dated entry stops some clocks of some regions; what was due is due later by as long as it lasted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from service.domain.wording import moment


class Clock(StrEnum):
    """What runs against a farmer, a carrier or the hub, and can be stopped by force majeure."""

    SHIP_BY = "ship_by"
    FIRST_SCAN = "first_scan"
    MOVEMENT = "movement"
    FIRST_HUB = "first_hub"
    PROMISE = "promise"
    STALL = "stall"
    LOSS = "loss"
    HUB_FORWARD = "hub_forward"


@dataclass(frozen=True, slots=True)
class Suspension:
    """An entry that stops some clocks between two times; `entry` is its file's name, `title` what people call it."""

    entry: str
    title: str
    clocks: tuple[Clock, ...]
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ForceMajeure:
    """A published entry: the suspension, the regions it is about (by code or by name), and its text under its hash."""

    suspension_id: str
    suspension: Suspension
    regions: tuple[str, ...]
    text: str


def due_after(start: datetime, allowed: timedelta, clock: Clock, entries: Iterable[Suspension]) -> datetime:
    """Return when a clock that starts at `start` has run for `allowed`, the time in which it stood still left out."""
    due = start + allowed
    for since, until in _stops(clock, entries):
        if until > start and since <= due:
            due += until - max(since, start)
    return due


def ran(start: datetime, end: datetime, clock: Clock, entries: Iterable[Suspension]) -> timedelta:
    """Return how long a clock ran between two times: what `due_after` allows, and not more, is in time."""
    stood = (min(until, end) - max(since, start) for since, until in _stops(clock, entries))
    return end - start - sum((span for span in stood if span > timedelta()), timedelta())


def told(start: datetime, due: datetime, clock: Clock, entries: Iterable[Suspension]) -> str:
    """Return the words that name the entries behind an extended deadline, empty where there are none."""
    named = [
        f"{entry.title} ({moment(entry.starts_at)} to {moment(entry.ends_at)})"
        for entry in sorted(entries, key=lambda e: (e.starts_at, e.entry))
        if clock in entry.clocks and entry.ends_at > start and entry.starts_at < due
    ]
    return f", extended for {' and '.join(named)}" if named else ""


def _stops(clock: Clock, entries: Iterable[Suspension]) -> list[tuple[datetime, datetime]]:
    """Return when the clock stands still, in order and without overlaps."""
    merged: list[tuple[datetime, datetime]] = []
    for since, until in sorted((e.starts_at, e.ends_at) for e in entries if clock in e.clocks):
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], until))
        else:
            merged.append((since, until))
    return merged
