"""A figure beside its floor: medians, percentiles, ratios, and whether the aim is met."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

AIM_CELL, BAR_CELLS = 12, 18


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, what it is held against in the same run, and the aim for it.

    `aim` is a least (`at_least`) or a most of `measured`: the ratio where there is a floor, else the value itself.
    """

    benchmark: str
    what: str
    value: float
    unit: str
    floor: float | None = None
    floor_what: str = ""
    aim: float | None = None
    at_least: bool = True
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The value as a share of its floor."""
        return self.value / self.floor if self.floor else None

    @property
    def measured(self) -> float:
        """What the aim is about."""
        return self.value if self.ratio is None else self.ratio

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None where there is none."""
        if self.aim is None:
            return None
        return self.measured >= self.aim if self.at_least else self.measured <= self.aim


def median(values: Sequence[float]) -> float:
    """The middle of an odd number of rounds, so that one disturbed round does not count."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that so large a share of the values does not exceed (nearest rank)."""
    if not values:
        raise ValueError("a percentile of nothing: there were no answers")
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def of_rounds(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return value and floor of alternating rounds; the value is the floor's median times the median of the ratios.

    Value and floor of one round were measured within seconds of each other, so what disturbs one disturbs both.
    """
    floor = median([floor for _, floor in pairs])
    return floor * median([value / floor for value, floor in pairs]), floor


def bar(figure: Figure) -> str:
    """Draw the figure on the way to its aim: `|` is the aim, a least has to reach it, a most has to stay before it."""
    if figure.aim is None:
        return ""
    cells = min(round(figure.measured / figure.aim * AIM_CELL), BAR_CELLS)
    drawn = "█" * cells + "·" * (BAR_CELLS - cells)
    return f"{drawn[:AIM_CELL]}|{drawn[AIM_CELL:]}"


def number(value: float) -> str:
    """Write a number with three digits that say something."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
