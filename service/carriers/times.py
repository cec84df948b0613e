"""Times as providers write them, with the zone that they give or that is assumed for them."""

from datetime import datetime, timedelta, timezone

from service.carriers.base import PushUnreadable, ZoneSource
from service.carriers.fields import Fields

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China keeps one time, without summer time, from Xinjiang to Fujian."""

YEARS = range(2000, 2100)

HOURS_OF_COUNTRY = {
    ("CN", "CHN"): 8,
    ("HK", "HKG"): 8,
    ("MO", "MAC"): 8,
    ("TW", "TWN"): 8,
    ("SG", "SGP"): 8,
    ("MY", "MYS"): 8,
    ("PH", "PHL"): 8,
    ("TH", "THA"): 7,
    ("VN", "VNM"): 7,
    ("KH", "KHM"): 7,
    ("LA", "LAO"): 7,
    ("JP", "JPN"): 9,
    ("KR", "KOR"): 9,
}
"""Hours ahead of UTC in countries with one zone and no summer time; elsewhere a country does not tell the zone."""

_ZONES = {code: timezone(timedelta(hours=hours)) for codes, hours in HOURS_OF_COUNTRY.items() for code in codes}


def zone_of(country: str | None) -> timezone:
    """Return the zone to assume for scans in a country (ISO 3166, two or three letters), China's by default."""
    return _ZONES.get(country or "", CHINA)


def offset(text: str, place: str) -> timezone:
    """Read an offset like +08:00 or Z; raises PushUnreadable."""
    try:
        ahead = datetime.fromisoformat(f"2000-01-01T00:00:00{text}").utcoffset()
    except ValueError:
        ahead = None
    if ahead is None:
        raise PushUnreadable(f"{place} {text[:20]!a} is no offset: give one like +08:00")
    return timezone(ahead)


def moment(text: str, place: str, assumed: timezone) -> tuple[datetime, ZoneSource]:
    """Read ISO 8601, also with a space for the T; raises PushUnreadable for what is no time of this century."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise PushUnreadable(f"{place} {text[:40]!a} is no time: give ISO 8601") from None
    if at.year not in YEARS:
        raise PushUnreadable(f"{place} {text[:40]!a} is not a time between {YEARS.start} and {YEARS.stop}")
    if at.tzinfo is None:
        return at.replace(tzinfo=assumed), ZoneSource.ASSUMED
    return at, ZoneSource.GIVEN


def moment_in(fields: Fields, name: str, assumed: timezone) -> tuple[datetime, ZoneSource]:
    """Read the time that must stand in a field."""
    text = fields.text(name)
    if text is None:
        raise PushUnreadable(f"{fields.at(name)} is missing: an event happens at a time")
    return moment(text, fields.at(name), assumed)
