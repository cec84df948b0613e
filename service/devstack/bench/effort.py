"""How long a benchmark takes its time."""

from collections.abc import Callable
from dataclasses import dataclass

Tell = Callable[[str], None]
"""Says what is going on, a line at a time."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How many alternating rounds, how large beside a full run's, and how many claims or open orders count as many."""

    rounds: int
    size: float
    many_claims: int
    few_claims: int = 10_000

    def share(self, full: int) -> int:
        """Return this effort's part of what a full run does, at least one."""
        return max(round(full * self.size), 1)


FULL = Effort(rounds=7, size=1.0, many_claims=1_000_000)
QUICK = Effort(rounds=3, size=0.3, many_claims=50_000, few_claims=2_000)


def effort_of(*, quick: bool, size: float | None) -> Effort:
    """Return the effort asked for: a full run's, a quick one's, or one round of a size of one's own."""
    if size is not None:
        return Effort(rounds=1, size=size, many_claims=FULL.share(10_000), few_claims=1_000)
    return QUICK if quick else FULL
