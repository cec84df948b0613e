"""Values as the wire has them: money, times, lists."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, jsonify

from service.domain.sheet import iso


def money(amount: int, currency: str) -> dict[str, Any]:
    """Return an amount in minor units with its currency."""
    return {"amount": amount, "currency": currency}


def moment(at: datetime | str | None) -> str | None:
    """Return a time as RFC 3339 in UTC, whether it comes from a row or from a row kept as JSON."""
    if at is None:
        return None
    return iso(datetime.fromisoformat(at) if isinstance(at, str) else at)


def page(
    rows: list[dict[str, Any]], limit: int, id_name: str, show: Callable[[dict[str, Any]], dict[str, Any]]
) -> Response:
    """Answer with at most `limit` of the rows; one row more than that was asked for, to know if there is more."""
    part = rows[:limit]
    more = len(rows) > limit
    return jsonify(
        {
            "data": [show(row) for row in part],
            "has_more": more,
            "next_cursor": part[-1][id_name] if more else None,
        }
    )
