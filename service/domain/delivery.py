"""What an attempt to deliver an event means, for the delivery and for its webhook."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

MINUTE, HOUR = 60, 3600
PAUSES_SECONDS = (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
"""After the first failed attempt, the second, ...: three days in all, so that a weekend's outage loses nothing."""
MOST_ATTEMPTS = len(PAUSES_SECONDS) + 1
GONE = 410
MOST_JITTER = 0.1


class Outcome(Enum):
    """How one attempt ended."""

    DELIVERED = auto()
    REFUSED = auto()
    GONE = auto()
    UNREACHABLE = auto()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a delivery; `attempts` counts it too, `status_code` is None where no answer came in time."""

    delivery_id: str
    attempts: int
    status_code: int | None
    error: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of a delivery; a pause of None leaves it due as it was."""

    status: str
    pause_seconds: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a round of attempts says about its webhook; a status of None leaves it as it is."""

    status: str | None
    because: str
    failures: int
    pause_seconds: float | None


def outcome_of(status_code: int | None) -> Outcome:
    """Read an answer: any 2xx is taken, 410 asks for no more, a redirect is not followed and so refused."""
    if status_code is None:
        return Outcome.UNREACHABLE
    if status_code == GONE:
        return Outcome.GONE
    return Outcome.DELIVERED if 200 <= status_code < 300 else Outcome.REFUSED


def next_of(attempt: Attempt, jitter: float) -> Next:
    """Return what follows an attempt; `jitter` is from 0 to 1.

    Where nobody answered, the whole webhook pauses and this delivery stays the first of the line.
    """
    match outcome_of(attempt.status_code):
        case Outcome.DELIVERED:
            return Next("delivered", None)
        case Outcome.GONE:
            return Next("failed", None)
        case Outcome.UNREACHABLE if attempt.attempts < MOST_ATTEMPTS:
            return Next("pending", None)
        case Outcome.REFUSED if attempt.attempts < MOST_ATTEMPTS:
            return Next("pending", pause_seconds(attempt.attempts, jitter))
    return Next("failed", None)


def verdict_on(attempts: Sequence[Attempt], failures: int, jitter: float) -> Verdict:
    """Judge a webhook by one round, of which only the last attempt may have found nobody or been told to go.

    `failures` counts the rounds before this one that ended without an answer.
    """
    last = attempts[-1]
    outcomes = [outcome_of(attempt.status_code) for attempt in attempts]
    if outcomes[-1] is Outcome.GONE:
        return Verdict("disabled", "it answered 410 Gone: enable it once it takes events again", 0, None)
    silent = outcomes[-1] is Outcome.UNREACHABLE
    failures = failures + 1 if silent else 0
    pause = pause_seconds(min(failures, len(PAUSES_SECONDS)), jitter) if silent else None
    given_up = [a for a in attempts if next_of(a, jitter).status == "failed"]
    if given_up:
        because = f"{given_up[-1].delivery_id} was given up after {MOST_ATTEMPTS} attempts: {given_up[-1].error}"
        return Verdict("failing", because, failures, pause)
    if not silent and Outcome.DELIVERED in outcomes:
        return Verdict("enabled", "", failures, None)
    return Verdict(None, last.error, failures, pause)


def pause_seconds(failed_attempts: int, jitter: float) -> float:
    """Return the pause after so many failed attempts, spread by a tenth either way (`jitter` from 0 to 1)."""
    spread = 1 + MOST_JITTER * (2 * jitter - 1)
    return PAUSES_SECONDS[failed_attempts - 1] * spread
