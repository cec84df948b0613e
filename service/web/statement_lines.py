"""The lines of a farmer's statement, for the wire and for a spreadsheet."""

import csv
import io
from typing import Any

from service.web.pages import moment, money

COLUMNS = (
    "line_id",
    "occurred_at",
    "type",
    "order_id",
    "claim_id",
    "claim_number",
    "gross_minor",
    "charge_minor",
    "net_minor",
    "running_balance_minor",
    "currency",
    "reason",
    "policy_version",
)

_AMOUNTS = ("gross", "charge", "net", "running_balance")
_TEXTS = ("type", "order_id", "claim_id", "claim_number", "reason", "policy_version")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = "\ufeff"


def statement_line(row: dict[str, Any]) -> dict[str, Any]:
    """Return a line as JSON; a payout's line has no running balance."""
    return {
        "line_id": row["line_id"],
        "occurred_at": moment(row["occurred_at"]),
        **{name: row[name] for name in _TEXTS},
        **{name: money(row[name], row["currency"]) for name in _AMOUNTS if name in row},
    }


def statement_csv(rows: list[dict[str, Any]]) -> bytes:
    """Return lines as CSV in UTF-8 with the mark that spreadsheets need, amounts in minor units."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        cells = {
            **{name: _safe(row[name]) for name in (*_TEXTS, "currency")},
            **{f"{name}_minor": row[name] for name in _AMOUNTS},
            "line_id": row["line_id"],
            "occurred_at": moment(row["occurred_at"]),
        }
        writer.writerow([cells[name] for name in COLUMNS])
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def _safe(cell: str | None) -> str:
    """A text from outside must not start a formula in a spreadsheet."""
    text = cell or ""
    return f"'{text}" if text.startswith(_FORMULA) else text
