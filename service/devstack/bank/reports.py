"""What the bank shows of its books, for others to compare with their own; amounts in minor units."""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from service.devstack.bank.ledger import reference

Line = dict[str, Any]


def effects(books: sqlite3.Connection, after: int, limit: int) -> list[Line]:
    """The money movements after a position, oldest first; each carries its own position as `cursor`."""
    rows = books.execute(
        "SELECT m.position, t.number, m.transfer_id, t.purpose, m.amount, m.currency,"
        " t.payee, t.transaction_id, m.moved_at, t.times_asked"
        " FROM movements AS m JOIN transfers AS t USING (transfer_id)"
        " WHERE m.position > :after ORDER BY m.position LIMIT :limit",
        {"after": after, "limit": limit},
    )
    return [_effect(row) for row in rows]


def balances(books: sqlite3.Connection) -> list[Line]:
    """Every account with what it holds; the platform pays all, so it stands below zero."""
    rows = books.execute(
        "SELECT account, currency, sum(amount) AS balance FROM ("
        " SELECT to_account AS account, currency, amount FROM movements"
        " UNION ALL SELECT from_account, currency, -amount FROM movements)"
        " GROUP BY account, currency ORDER BY account, currency"
    )
    return [dict(row) for row in rows]


def totals(books: sqlite3.Connection) -> list[Line]:
    """What has moved, by purpose and currency."""
    rows = books.execute(
        "SELECT t.purpose, m.currency, count(*) AS transfers, sum(m.amount) AS amount"
        " FROM movements AS m JOIN transfers AS t USING (transfer_id)"
        " GROUP BY t.purpose, m.currency ORDER BY t.purpose, m.currency"
    )
    return [dict(row) for row in rows]


def _effect(row: Mapping[str, Any]) -> Line:
    return {
        "id": row["transfer_id"],
        "purpose": row["purpose"],
        "amount": row["amount"],
        "currency": row["currency"],
        "payee": row["payee"],
        "transaction_id": row["transaction_id"],
        "reference": reference(row["number"]),
        "moved_at": datetime.fromtimestamp(row["moved_at"], UTC).isoformat(timespec="milliseconds"),
        "times_asked": row["times_asked"],
        "cursor": str(row["position"]),
    }
