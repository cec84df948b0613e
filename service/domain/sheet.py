"""Facts and decisions as canonical JSON: the same value always gives the same bytes, so a replay can be compared."""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn, override

from service.domain.facts import Facts
from service.domain.growth import GAINED

T = TypeVar("T")

_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_converter = Converter()
_converter.register_unstructure_hook(datetime, lambda at: iso(at))
_converter.register_unstructure_hook(datetime | None, lambda at: iso(at) if at else None)
_converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))


@_converter.register_unstructure_hook_factory(lambda kind: isinstance(kind, type) and is_dataclass(kind))
def _without_gained_defaults(kind: Any) -> Callable[[Any], dict[str, Any]]:
    """What a sheet gained later is told only where it says something: old receipts replay to the same bytes."""
    quiet: dict[str, Any] = {f.name: override(omit_if_default=True) for f in fields(kind) if f.metadata == GAINED}
    return make_dict_unstructure_fn(kind, _converter, **quiet)


def iso(at: datetime) -> str:
    """Return RFC 3339 in UTC with the zone spelled out, the one form used on sheets and on the wire."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plain(value: Any) -> Any:
    """Return `value` (dataclasses, enums, datetimes) as JSON-able dicts, lists and strings."""
    return _converter.unstructure(value)


def canonical(value: Any) -> str:
    """Return the canonical JSON text of `value`: sorted keys, no spaces, UTF-8 kept readable."""
    return _encoder.encode(plain(value))


def facts_from(text: str) -> Facts:
    """Read a stored fact sheet back."""
    return _converter.structure(json.loads(text), Facts)
