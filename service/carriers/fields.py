"""A push's JSON read field by field: whatever does not fit is named by its place."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from service.carriers.base import PushUnreadable

MOST_NAME = 64
MOST_PLACE = 200
MOST_TEXT = 2000
"""Characters kept of a number or code, of a place and of a text; the raw payload keeps the rest."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object, with its place in the push."""

    values: Mapping[str, Any] = field(repr=False)
    place: str = ""

    def at(self, name: str) -> str:
        """Return the place of a field."""
        return f"{self.place}.{name}" if self.place else name

    def inner(self, name: str) -> "Fields":
        """Return the object that must stand there."""
        return _object(self.values.get(name), self.at(name))

    def each(self, name: str) -> "Iterator[Fields]":
        """Return each object of the list that must stand there."""
        for number, value in enumerate(self.items(name)):
            yield _object(value, f"{self.at(name)}.{number}")

    def items(self, name: str) -> list[Any]:
        """Return the list that must stand there; null and absence are an empty one."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            _unfit(self.at(name), value, "a list")
        return value

    def text(self, name: str) -> str | None:
        """Return a text without white space around it, None for null, absence and emptiness."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            _unfit(self.at(name), value, "text")
        return storable(value.strip()) or None

    def code(self, name: str) -> str | None:
        """Return a text or a whole number as text: some providers write codes either way."""
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(name)

    def unspaced(self, name: str) -> str:
        """Return a number or code that must stand there, without spaces and of at most 64 characters."""
        return unspaced(self.code(name), self.at(name))

    def number(self, name: str) -> float | None:
        """Return a finite number, also where it is written as text; None for null and absence."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            _unfit(self.at(name), value, "a number")
        return finite(value, self.at(name))


def json_object(body: bytes) -> Fields:
    """Read a body that must be a JSON object in UTF-8."""
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise PushUnreadable("the body is not JSON in UTF-8: send it whole and unchanged") from None
    return _object(value, "")


def unspaced(text: str | None, place: str) -> str:
    """Return a waybill number or carrier code that is there, short and unspaced."""
    if not text:
        raise PushUnreadable(f"{place} is missing: it names the parcel")
    if len(text) > MOST_NAME or any(character.isspace() for character in text):
        raise PushUnreadable(f"{place} {text[:40]!a} is no number: at most {MOST_NAME} characters without spaces")
    return text


def finite(value: float | str, place: str) -> float:
    """Return a finite number."""
    try:
        number = float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise PushUnreadable(f"{place} {str(value)[:40]!a} is no number")
    return number


def storable(text: str) -> str:
    """Return the text without what no UTF-8 text in a database can hold: lone surrogates and NUL."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def raw(*parts: str | None) -> str:
    """Join the provider's own words, as much of them as an event keeps."""
    return " ".join(part for part in parts if part)[:MOST_TEXT]


def _object(value: Any, place: str) -> Fields:
    if not isinstance(value, dict):
        _unfit(place or "the body", value, "an object")
    return Fields(value, place)


def _unfit(place: str, value: Any, expected: str) -> NoReturn:
    raise PushUnreadable(f"{place} is {type(value).__name__}, expected {expected}")


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)
