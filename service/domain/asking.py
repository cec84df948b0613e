"""When to ask which provider about a parcel: after silence ever more rarely, and at once where money waits for it."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

LONGEST_SILENCE = timedelta(days=1)
"""However often an answer brought nothing, a parcel under way is asked about once a day."""
GIVEN_UP_AFTER = timedelta(days=30)
SPARES_A_PERSON = timedelta(days=1)
"""So long after money stopped waiting an answer may still decide the claim, before a person has come to it."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What is known when a question about a parcel is due.

    `heard_at`: the newest word of any provider, or when its order came. `fruitless`: questions in a row that brought
    nothing, of those since `wanted_at`, where money waits. `ended`: it was delivered or came back. `asked`: who was
    asked last, `refused_at`: when somebody said no for good.
    """

    as_of: datetime
    heard_at: datetime
    wanted_at: datetime | None = None
    ended: bool = False
    asked: str = ""
    asked_at: datetime | None = None
    fruitless: int = 0
    refused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How long silence may last, how long lies at least between two questions, and this parcel's share of spreading.

    `confirm`: how long money waits for an answer.
    """

    silence: timedelta
    least: timedelta
    jitter: timedelta
    confirm: timedelta


def next_question_at(asking: Asking, pace: Pace) -> datetime | None:
    """Return when the parcel may be asked about, at the earliest; None when there is nothing more to ask.

    Where money waits, the pause doubles with each question that brought nothing: it is never longer than the wait
    has lasted, so an outage delays no answer by more than its own length.
    """
    if asking.wanted_at and not wanted_in_vain(asking, pace):
        pause = pace.least * int(2 ** min(max(asking.fruitless - 1, 0), 16))
        return max(asking.asked_at + pause, asking.as_of) if asking.asked_at else asking.as_of
    if asking.ended or asking.as_of - asking.heard_at > GIVEN_UP_AFTER:
        return None
    silence = min(pace.silence * int(2 ** min(asking.fruitless, 16)), max(LONGEST_SILENCE, pace.silence))
    since = max(asking.heard_at, asking.asked_at) if asking.asked_at else asking.heard_at
    earliest = asking.asked_at + pace.least if asking.asked_at else asking.heard_at
    return max(earliest, since + silence + pace.jitter)


def wanted_in_vain(asking: Asking, pace: Pace) -> bool:
    """Say whether nobody answered while money waited, nor while an answer could still spare a person the claim."""
    return asking.wanted_at is not None and asking.as_of > asking.wanted_at + pace.confirm + SPARES_A_PERSON


def may_be_asked(providers: Sequence[str], asking: Asking) -> Sequence[str]:
    """Return who may be asked, best first: after a no for good those behind whoever gave it, until news come."""
    if not _refused(asking) or asking.asked not in providers:
        return providers
    by_it = asking.asked_at is None or asking.refused_at is None or asking.refused_at > asking.asked_at
    return providers[providers.index(asking.asked) + by_it :]


def put_to(provider: str, asking: Asking) -> Asking:
    """Return what is known for asking this provider: the pause after one that said no for good is not its own."""
    return replace(asking, asked_at=None) if _refused(asking) and asking.asked != provider else asking


def jitter_of(parcel: str, most: timedelta) -> timedelta:
    """Return a parcel's own share of `most`, the same every time, so that questions of one hour are spread out."""
    return most * (zlib.crc32(parcel.encode()) % 1000) / 1000


def _refused(asking: Asking) -> bool:
    return asking.refused_at is not None and asking.refused_at >= asking.heard_at
