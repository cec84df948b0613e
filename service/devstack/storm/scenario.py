"""What a storm's scenario is: a name, what strikes, what must hold, and how it is played."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from service.devstack.storm.diary import Diary


@dataclass(frozen=True, slots=True)
class Wish:
    """One storm as asked for: the same seed gives the same strikes and the same claims.

    `seconds` is how long the strikes go on; what settles afterwards is bounded by the scenario.
    `folder` holds its data.
    """

    seed: int
    claims: int
    seconds: float
    folder: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a storm ended: every fault found, in words, and the figures measured."""

    faults: tuple[str, ...]
    figures: Mapping[str, str] = field(default_factory=dict)


class NotPossibleHere(Exception):
    """This machine does not allow what the scenario needs; the message says what, and what would."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A storm by name; `claims` and `seconds` unless asked for otherwise."""

    name: str
    strikes: str
    holds: str
    claims: int
    seconds: float
    play: Callable[[Wish, Diary], Outcome]
