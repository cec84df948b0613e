"""When to ask a provider about a parcel: after silence, ever more rarely, and at once where money waits for it."""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_SILENCE = timedelta(days=1)
"""However often an answer brought nothing, a parcel under way is asked about once a day."""
GIVEN_UP_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Asking:
    """What is known when a question about a parcel is due.

    `heard_at`: the newest word of any provider, or when its order came. `fruitless`: questions in a row that brought
    nothing. `wanted`: money waits. `ended`: it was delivered or came back. `refused_at`: a provider said no for good.
    """

    as_of: datetime
    heard_at: datetime
    wanted: bool = False
    ended: bool = False
    asked_at: datetime | None = None
    fruitless: int = 0
    refused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How long silence may last, how long lies at least between two questions, and this parcel's share of spreading."""

    silence: timedelta
    least: timedelta
    jitter: timedelta


def next_question_at(asking: Asking, pace: Pace) -> datetime | None:
    """Return when the parcel may be asked about, at the earliest; None when there is nothing more to ask."""
    earliest = asking.asked_at + pace.least if asking.asked_at else asking.heard_at
    if asking.wanted:
        return max(earliest, asking.as_of) if asking.asked_at else asking.as_of
    refused = asking.refused_at is not None and asking.refused_at >= asking.heard_at
    if asking.ended or refused or asking.as_of - asking.heard_at > GIVEN_UP_AFTER:
        return None
    silence = min(pace.silence * int(2 ** min(asking.fruitless, 16)), max(LONGEST_SILENCE, pace.silence))
    since = max(asking.heard_at, asking.asked_at) if asking.asked_at else asking.heard_at
    return max(earliest, since + silence + pace.jitter)


def jitter_of(parcel: str, most: timedelta) -> timedelta:
    """Return a parcel's own share of `most`, the same every time, so that questions of one hour are spread out."""
    return most * (zlib.crc32(parcel.encode()) % 1000) / 1000
