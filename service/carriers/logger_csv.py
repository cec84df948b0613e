"""Temperature loggers, as CSV: no vendor's file is like another's, so this is our own plain form (docs/carriers.md).

    # carrier: SF
    # number: SF1000000000001
    # zone: +08:00
    Time,Celsius,Device,Air
    2026-11-03 08:00:00,3.4,LOG-7,return

Lines with # before the header hold for all rows, a column of the same name for its row. Signed with our own header.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.carriers.answers import by_status
from service.carriers.base import Account, Answer, Heard, Push, PushUnreadable, Verdict, ZoneSource
from service.carriers.codes import Codes, Meaning
from service.carriers.fields import MOST_NAME, MOST_PLACE, finite, raw, storable, unspaced
from service.carriers.signature import demand_own
from service.carriers.temperature import UNITS, air_of, celsius
from service.carriers.times import CHINA, moment, offset
from service.domain.parcel import Scan

CODE = "temperature"

CODES: Codes = {CODE: Meaning(None)}
"""A logger tells no steps."""

NEW_LINE = re.compile(r"\r\n|\n|\r")
MOST_PREAMBLE = 100
NO_READING = frozenset({"", "-", "--", "---", "n/a", "nan", "null", "err", "error"})
COLUMNS = ("carrier", "number", "time", "celsius", "value", "unit", "device", "air", "zone", "place")


class LoggerCsv:
    """Temperature loggers: every row is a reading, and none is thinned out."""

    name = "logger"
    weakly_signed = False
    codes = CODES

    def admit(self, push: Push, account: Account) -> None:
        """Check our own HMAC on the raw body."""
        demand_own(push, account)

    def read(self, body: bytes) -> Sequence[Heard]:
        """Read all rows; the first that does not fit is named by its line."""
        return [_heard(row) for row in _rows(body)]

    def answer(self, verdict: Verdict, because: str, account: Account, at: datetime) -> Answer:
        """Only the status counts."""
        return by_status(verdict, because)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the file with what it says by column name, and what holds for all lines."""

    line: int
    cells: Mapping[str, str]
    text: str

    def get(self, name: str) -> str:
        return self.cells.get(name, "")

    def at(self, name: str) -> str:
        return f"line {self.line}, {name}"


def _rows(body: bytes) -> Iterator[_Row]:
    lines = NEW_LINE.split(_decoded(body))
    for_all, header_at = _preamble(lines[:MOST_PREAMBLE])
    header = [name.strip().lower() for name in _cells(lines[header_at], header_at + 1)]
    _demand_columns(header)
    for line, text in enumerate(lines[header_at + 1 :], start=header_at + 2):
        if text.strip():
            yield _Row(line, for_all | _named(header, _cells(text, line), line), text)


def _decoded(body: bytes) -> str:
    try:
        return storable(body.decode("utf-8-sig"))
    except ValueError:
        raise PushUnreadable("the file is not UTF-8: save it as CSV UTF-8") from None


def _preamble(lines: Sequence[str]) -> tuple[dict[str, str], int]:
    """Return what the lines with # say, and where the header stands, the first line without one."""
    said: dict[str, str] = {}
    for at, line in enumerate(lines):
        if line.strip() and not line.startswith("#"):
            return said, at
        name, _, value = line.lstrip("# ").partition(":")
        if name.strip().lower() in COLUMNS:
            said[name.strip().lower()] = value.strip()
    raise PushUnreadable(f"no header in the first {MOST_PREAMBLE} lines: name the columns, at least time and celsius")


def _cells(text: str, line: int) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text), strict=True))
    except (csv.Error, StopIteration):
        raise PushUnreadable(f"line {line} is not CSV: quote cells with commas or quotes in them") from None


def _demand_columns(header: Sequence[str]) -> None:
    if "time" not in header or ("celsius" in header) == ("value" in header):
        raise PushUnreadable(
            f"the header names no time, or not exactly one of celsius and value: known columns are {', '.join(COLUMNS)}"
        )
    if len(set(header)) < len(header):
        raise PushUnreadable("the header names a column twice: rename or remove one")


def _named(header: Sequence[str], cells: Sequence[str], line: int) -> dict[str, str]:
    if len(cells) != len(header):
        raise PushUnreadable(f"line {line} has {len(cells)} cells, the header {len(header)}: a line may be cut off")
    return {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}


def _heard(row: _Row) -> Heard:
    at, zone_source = _time(row)
    return Heard(
        scan=Scan(
            carrier=unspaced(row.get("carrier"), row.at("carrier")),
            number=unspaced(row.get("number"), row.at("number")),
            at=at,
            step=None,
            celsius=_celsius(row),
            air=air_of(row.get("air") or None, row.at("air")),
        ),
        zone_source=zone_source,
        raw_code=CODE,
        raw_text=raw(row.text),
        place=row.get("place")[:MOST_PLACE] or None,
        device=row.get("device")[:MOST_NAME] or None,
    )


def _time(row: _Row) -> tuple[datetime, ZoneSource]:
    """The zone stands in the time, else in `zone`, else it is taken to be China's."""
    zone = offset(row.get("zone"), row.at("zone")) if row.get("zone") else None
    at, zone_source = moment(row.get("time"), row.at("time"), zone or CHINA)
    return at, ZoneSource.GIVEN if zone else zone_source


def _celsius(row: _Row) -> float | None:
    """A cell without a reading, or with one that no air has, is kept in words alone."""
    name = "value" if "value" in row.cells else "celsius"
    written, unit = row.get(name), row.get("unit") or ("" if name == "value" else "C")
    if written.lower() in NO_READING:
        return None
    if name == "celsius" and UNITS.get(unit.upper()) != "C":
        raise PushUnreadable(f"{row.at('unit')} {unit[:20]!a} contradicts the column celsius: call the column value")
    return celsius(finite(written, row.at(name)), unit, row.at("unit"))
