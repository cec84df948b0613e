"""Temperatures as devices write them, in °C."""

import math

from schemas.vocabulary import Air
from service.carriers.base import PushUnreadable

COLDEST, HOTTEST = -100.0, 100.0
"""°C. Air on the way is never outside; a device that says so says that its sensor is broken."""

UNITS = {"CEL": "C", "C": "C", "°C": "C", "FAH": "F", "F": "F", "°F": "F", "KEL": "K", "K": "K"}
"""The UN/ECE codes that EPCIS takes, and what loggers write."""


def celsius(value: float, unit: str, place: str) -> float | None:
    """Convert to °C, rounded to thousandths; None for what no air on the way can have."""
    match UNITS.get(unit.upper()):
        case "C":
            converted = value
        case "F":
            converted = (value - 32) * 5 / 9
        case "K":
            converted = value - 273.15
        case _:
            raise PushUnreadable(f"{place} {unit[:20]!a} is no unit of temperature: one of {', '.join(UNITS)}")
    possible = math.isfinite(converted) and COLDEST <= converted <= HOTTEST
    return round(converted, 3) if possible else None


def air_of(word: str | None, place: str) -> Air | None:
    """Return which air was measured, None where the device does not say."""
    if word is None:
        return None
    try:
        return Air(word.lower())
    except ValueError:
        raise PushUnreadable(f"{place} {word[:20]!a} is no air: one of {', '.join(Air)}, or leave it out") from None
