"""How amounts, shares and spans are told in the sentences that buyers, farmers and carriers read."""

from datetime import datetime, timedelta, timezone
from functools import lru_cache

CHINA = timezone(timedelta(hours=8))
"""Where buyers, farmers and carriers read their clocks."""

WITHOUT_MINOR_UNIT = frozenset({"JPY", "KRW", "VND"})
"""Currencies whose smallest unit is the whole one (ISO 4217)."""


def money(amount: int, currency: str) -> str:
    """Return an amount of minor units as people write it: 1990 and CNY give `19.90 CNY`."""
    if currency in WITHOUT_MINOR_UNIT:
        return f"{amount} {currency}"
    return f"{amount // 100}.{amount % 100:02d} {currency}"


@lru_cache
def percent(share_bp: int) -> str:
    """Return basis points as a percentage: 3333 gives `33.33 %`."""
    return f"{share_bp / 100:g} %"


def lasting(span: timedelta) -> str:
    """Return a span in hours and started minutes: 24 h and a second give `24 h 1 min`.

    Rounded up, so that what is over a limit of whole minutes also reads as over it; fractions of a second are not told.
    """
    minutes = -(-(span // timedelta(seconds=1)) // 60)
    whole, rest = divmod(minutes, 60)
    parts = [f"{whole} h" if whole else "", f"{rest} min" if rest else ""]
    return " ".join(part for part in parts if part) or "0 h"


def moment(at: datetime) -> str:
    """Return a time to the minute, with its zone: `2026-11-18 15:38 +08:00`."""
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M} +08:00"
