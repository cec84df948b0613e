"""The fields that requests are made of: strict about types, and every refusal says what to give instead."""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import EnumType
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

MOST_AMOUNT = 10**12
MOST_VERSION = 2**63 - 1
YEARS = range(2000, 2101)

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?)?", re.ASCII)


class Moment(fields.Field[datetime]):
    """A time as RFC 3339 with its offset."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> datetime:
        if isinstance(value, str) and _LOCAL.fullmatch(value):
            raise ValidationError("this time has no offset: add one, such as +08:00 or Z")
        if not isinstance(value, str) or not _RFC3339.fullmatch(value):
            raise ValidationError("give a time as RFC 3339 with an offset, such as 2026-06-01T08:30:00+08:00")
        try:
            at = datetime.fromisoformat(value.upper())
        except ValueError as fault:
            raise ValidationError(f"no such time ({fault}): check day and hour") from fault
        if at.year not in YEARS:
            raise ValidationError(f"the year is {at.year}, taken are {YEARS.start} to {YEARS.stop - 1}")
        return at


class Flag(fields.Field[bool]):
    """true or false, and nothing that merely looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("give true or false, without quotes")
        return value


class Measure(fields.Field[float]):
    """A JSON number between two bounds, decimals allowed; `above` itself is left out."""

    def __init__(self, *, above: float, most: float, **given: Any) -> None:
        super().__init__(**given)
        self._above, self._most = above, most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("give a number, without quotes")
        if not self._above < value <= self._most:
            raise ValidationError(f"give a number above {self._above:g} and at most {self._most:g}")
        return float(value)


def text(most: int, *, least: int = 0, **given: Any) -> fields.String:
    """Return a field for a text of `least` to `most` characters."""
    return fields.String(
        validate=validate.Length(least, most, error=f"give {least} to {most} characters"),
        error_messages={"invalid": "give a text in quotes"},
        **given,
    )


def identifier(most: int = 128, **given: Any) -> fields.String:
    """Return a field for an id of another service: 1 to `most` characters, no control characters, no space around."""
    return fields.String(
        validate=validate.Regexp(
            rf"(?!\s)[^\x00-\x1f\x7f-\x9f\u2028\u2029]{{1,{most}}}(?<!\s)\Z",
            error=f"give 1 to {most} characters without control characters and without space around them",
        ),
        error_messages={"invalid": "give the id as a text in quotes"},
        **given,
    )


def unspaced(most: int, **given: Any) -> fields.String:
    """Return a field for a carrier's name or number: no space anywhere."""
    return fields.String(
        validate=validate.Regexp(
            rf"[^\s\x00-\x1f\x7f-\x9f]{{1,{most}}}\Z", error=f"give 1 to {most} characters without any space"
        ),
        error_messages={"invalid": "give a text in quotes"},
        **given,
    )


def whole(least: int, most: int, **given: Any) -> fields.Integer:
    """Return a field for a whole number from `least` to `most`."""
    bounds = f"give a whole number from {least} to {most}, without quotes or decimals"
    return fields.Integer(
        strict=True,
        validate=validate.Range(least, most, error=bounds),
        error_messages={"invalid": bounds, "too_large": bounds},
        **given,
    )


def word(words: EnumType, **given: Any) -> fields.Enum[Any]:
    """Return a field for one of the published words."""
    return fields.Enum(words, by_value=True, error_messages={"unknown": "give one of these words: {choices}"}, **given)


def currency(**given: Any) -> fields.String:
    """Return a field for a currency by its ISO 4217 letters."""
    return fields.String(
        validate=validate.Regexp(r"[A-Z]{3}\Z", error="give the three capital letters of ISO 4217, such as CNY"),
        error_messages={"invalid": "give the currency as a text, such as CNY"},
        metadata={"example": "CNY"},
        **given,
    )


class Money(Schema):
    """An amount in the currency's minor unit (分 for CNY)."""

    amount = whole(0, MOST_AMOUNT, required=True, metadata={"example": 1990})
    currency = currency(required=True)


def money(**given: Any) -> fields.Nested:
    """Return a field for an amount of money."""
    return fields.Nested(Money, error_messages={"type": _MONEY}, **given)


_MONEY = 'give money as {"amount": 1990, "currency": "CNY"}, whole minor units'
