"""One entry of a policy file: its kind, its range, and the remedy named when it is wrong."""

from enum import StrEnum
from typing import Any

from marshmallow import fields, validate

from service.domain.money import WHOLE_BP

UNKNOWN = "unknown: remove it or mend its spelling"
NO_MAPPING = "must be a mapping: give it keys of its own, indented below it"
MISSING = "missing: add it"
EMPTY = "must not be empty: give it a value or remove the file"


class _Whole(fields.Integer):
    """A whole number written as one; YAML's yes and no are none."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class _Measured(fields.Float):
    """A figure such as a temperature; YAML's yes, no and quoted text are none."""

    def _validated(self, value: Any) -> float:
        if isinstance(value, bool | str):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


def hours(*, least: int | None = None, otherwise: int | None = None) -> fields.Integer:
    """Whole hours, below zero too unless `least` is given; left out, they are `otherwise`, where that is given."""
    said = "must be whole hours: write them without quotes or fractions"
    given: dict[str, Any] = {"required": True} if otherwise is None else {"load_default": otherwise}
    checks = validate.Range(min=least, error="must be at least {min}: raise it")
    return _Whole(strict=True, validate=checks, error_messages=_remedies(said), **given)


def count(least: int = 0, *, none: bool = False) -> fields.Integer:
    """A whole number from `least` on; with `none`, null is allowed and means any."""
    said = f"must be a whole number{' or null' if none else ''}: write it without quotes or fractions"
    checks = validate.Range(min=least, error="must be at least {min}: raise it")
    return _Whole(strict=True, required=True, allow_none=none, validate=checks, error_messages=_remedies(said))


def share(least: int = 1) -> fields.Integer:
    """A share in basis points."""
    said = f"must be a share in basis points, {least} to {WHOLE_BP}: 30 % is 3000"
    checks = validate.Range(min=least, max=WHOLE_BP, error=said)
    return _Whole(strict=True, required=True, validate=checks, error_messages=_remedies(said))


def celsius(*, least: float | None = None, none: bool = False) -> fields.Float:
    """A temperature or a difference of temperatures in °C; with `none`, null is allowed and means no promise."""
    said = f"must be a number of °C{' or null' if none else ''}: write it without quotes"
    checks = validate.Range(min=least, error="must be at least {min} °C: raise it")
    return _Measured(required=True, allow_none=none, validate=checks, error_messages=_remedies(said))


def text() -> fields.String:
    """Some text."""
    said = "must be text: put it in quotes"
    return fields.String(required=True, validate=validate.Length(min=1, error=EMPTY), error_messages=_remedies(said))


def choice(words: type[StrEnum], *, otherwise: StrEnum | None = None) -> fields.Enum[Any]:
    """One of the published words; left out, it is `otherwise`, where that is given."""
    given: dict[str, Any] = {"load_default": otherwise} if otherwise else {"required": True}
    return fields.Enum(words, by_value=True, error_messages=_remedies("must be one of: {choices}"), **given)


def yes_or_no() -> fields.Boolean:
    """Yes or no."""
    said = "must be true or false: write one of them without quotes"
    return fields.Boolean(required=True, truthy={True}, falsy={False}, error_messages=_remedies(said))


def region() -> fields.String:
    """A region by the beginning of its name, or by its code of two digits or more."""
    said = "must be a region's name such as 新疆, or its code in quotes such as '65': see service/domain/divisions.py"
    fits = validate.Regexp(r"(\d{2}|\d{4}|\d{6}|\d{9}|\d{12}|[\u4e00-\u9fff]{2,20})\Z", error=said)
    return fields.String(required=True, validate=fits, error_messages=_remedies(said))


def month() -> fields.Integer:
    """A month by its number."""
    said = "must be a month, 1 to 12: write its number without quotes"
    checks = validate.Range(min=1, max=12, error=said)
    return _Whole(strict=True, required=True, validate=checks, error_messages=_remedies(said))


def moment() -> fields.AwareDateTime:
    """A time with its offset."""
    said = "must be a time with its offset, such as 2026-01-01T00:00:00+08:00"
    return fields.AwareDateTime(required=True, error_messages=_remedies(said))


def listed(entry: fields.Field[Any], *, optional: bool = False) -> fields.List[Any]:
    """A list with something in it; an optional one that is left out is empty."""
    given: dict[str, Any] = {"load_default": ()} if optional else {"required": True}
    said = "must be a list: write it in [ ] or with dashes"
    checks = validate.Length(min=1, error="must not be empty: give at least one entry")
    return fields.List(entry, validate=checks, error_messages=_remedies(said), **given)


def under(form: type[Any], *, otherwise: Any = None) -> fields.Nested:
    """Keys of their own, in the given form; left out, they are `otherwise`, where that is given."""
    given: dict[str, Any] = {"required": True} if otherwise is None else {"load_default": otherwise}
    return fields.Nested(form, error_messages=_remedies(NO_MAPPING), **given)


def named(form: type[Any]) -> fields.Dict:
    """Rows by name, each in the given form."""
    said = _remedies(NO_MAPPING)
    return fields.Dict(text(), under(form), required=True, error_messages=said)


def by_region(entry: fields.Field[Any]) -> fields.Dict:
    """One entry a region."""
    return fields.Dict(region(), entry, required=True, error_messages=_remedies(NO_MAPPING))


def may(form: type[Any]) -> fields.Nested:
    """Keys of their own, in the given form, that may be left out together: then the rule behind them is off."""
    return fields.Nested(form, error_messages=_remedies(NO_MAPPING))


def _remedies(said: str) -> dict[str, Any]:
    wrong = ("invalid", "special", "unknown", "type", "format", "invalid_awareness", "too_large")
    return {"required": MISSING, "null": said} | dict.fromkeys(wrong, said)
