"""What every form of a policy file has in common."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, post_load

from service.policies import entries


class Spoken(Schema):
    """Every fault names its remedy."""

    error_messages = {"type": entries.NO_MAPPING, "unknown": entries.UNKNOWN}  # noqa: RUF012 (marshmallow's own form)


class Form(Spoken):
    """Loads into the dataclass named by `makes`, lists as tuples."""

    makes: Callable[..., Any]

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Any:
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
        return type(self).makes(**values)
