"""The lines of a farmer's statement on the wire."""

from typing import Any

from service.web.pages import moment, money

AMOUNTS = ("gross", "charge", "net", "running_balance")
_TEXTS = ("type", "order_id", "claim_id", "claim_number", "reason", "policy_version")


def statement_line(row: dict[str, Any]) -> dict[str, Any]:
    """Return a line as JSON; a payout's line has no running balance."""
    return {
        "line_id": row["line_id"],
        "occurred_at": moment(row["occurred_at"]),
        **{name: row[name] for name in _TEXTS},
        **{name: money(row[name], row["currency"]) for name in AMOUNTS if name in row},
    }
