"""The ledger: journals are only ever added, each once, each balanced; a balance is a roll-up plus the entries since."""

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from service.domain.postings import Journal
from service.store.database import Connection, read_whole_tables


def post(conn: Connection, journals: Sequence[Journal]) -> int:
    """Post journals and return how many were new; one whose source was posted before is left out."""
    if not journals:
        return 0
    _lock_accounts(conn, sorted({(name, journal.currency) for journal in journals for name, _ in journal.entries}))
    row = conn.execute(
        """
        WITH given AS (
            SELECT * FROM jsonb_to_recordset(%(journals)s) AS journal (
                source text, kind text, currency text, order_id text, claim_id text, entries jsonb
            )
        ),
        added AS (
            INSERT INTO journals (source, kind, order_id, claim_id)
            SELECT source, kind, order_id, claim_id FROM given
            ON CONFLICT (source) DO NOTHING
            RETURNING journal_id, source
        ),
        moved AS (
            INSERT INTO entries (journal_id, account, currency, amount)
            SELECT journal_id, entry ->> 0, currency, (entry ->> 1)::bigint
            FROM added
            JOIN given USING (source)
            CROSS JOIN LATERAL jsonb_array_elements(entries) AS entry
            ORDER BY entry ->> 0
        )
        SELECT count(*) AS added FROM added
        """,
        {"journals": Jsonb([_row(journal) for journal in journals])},
    ).fetchone()
    return int(row["added"]) if row else 0


def balances(conn: Connection, accounts: Sequence[str]) -> list[dict[str, Any]]:
    """Return each account's balance (minor units) by currency."""
    return conn.execute(
        """
        SELECT account, currency,
            (rolled_up + coalesce((
                SELECT sum(amount) FROM entries
                WHERE entries.account = accounts.account AND entries.currency = accounts.currency
                    AND entry_id > rolled_up_to
            ), 0))::bigint AS balance
        FROM accounts
        WHERE account = ANY(%(accounts)s)
        ORDER BY account, currency
        """,
        {"accounts": list(accounts)},
    ).fetchall()


def roll_up(conn: Connection, entries_least: int = 1000, accounts_most: int = 20) -> int:
    """Fold the entries since into the roll-up of the busiest accounts; return how many accounts were rolled up.

    The lock on the account waits for postings under way (they hold it by its key) and keeps new ones out,
    so that no entry with a lower id can appear later. Accounts are locked in sorted order.
    """
    busy = conn.execute(
        f"""
        SELECT account, currency
        FROM accounts
        WHERE (
            SELECT count(*) FROM (
                SELECT FROM entries
                WHERE entries.account = accounts.account AND entries.currency = accounts.currency
                    AND entry_id > rolled_up_to
                LIMIT {entries_least:d}
            ) AS since
        ) >= {entries_least:d}
        ORDER BY account, currency
        LIMIT {accounts_most:d}
        FOR UPDATE
        """
    ).fetchall()
    for account in busy:
        conn.execute(
            """
            UPDATE accounts
            SET rolled_up = rolled_up + since.amount, rolled_up_to = since.entry_id
            FROM (
                SELECT sum(amount) AS amount, max(entry_id) AS entry_id
                FROM entries
                JOIN accounts USING (account, currency)
                WHERE account = %(account)s AND currency = %(currency)s AND entry_id > rolled_up_to
            ) AS since
            WHERE account = %(account)s AND currency = %(currency)s
            """,
            account,
        )
    return len(busy)


def drift(conn: Connection) -> int:
    """Return the sum of all entries, over all currencies absolutely: anything but 0 is a broken promise."""
    read_whole_tables(conn)
    row = conn.execute(
        """
        SELECT coalesce(sum(abs(amount)), 0)::bigint AS drift
        FROM (SELECT sum(amount) AS amount FROM entries GROUP BY currency) AS by_currency
        """
    ).fetchone()
    return int(row["drift"]) if row else 0


def held_postings(conn: Connection, account: str, order_id: str) -> list[dict[str, Any]]:
    """Return an order's postings on a farmer's held account that a release has to move."""
    return conn.execute(
        """
        SELECT journal_id, kind, claim_id, currency, amount
        FROM journals
        JOIN entries USING (journal_id)
        WHERE order_id = %(order_id)s AND account = %(account)s AND source NOT LIKE 'release:%%'
        ORDER BY journal_id
        """,
        {"order_id": order_id, "account": account},
    ).fetchall()


def _lock_accounts(conn: Connection, accounts: Sequence[tuple[str, str]]) -> None:
    """Open what is new and hold every account against a roll-up, in sorted order, before entries get their ids.

    The foreign key alone would come too late: an id drawn before a roll-up and committed after it would be lost.
    """
    named = {"accounts": [account for account, _ in accounts], "currencies": [currency for _, currency in accounts]}
    conn.execute(
        """
        INSERT INTO accounts (account, currency)
        SELECT * FROM unnest(%(accounts)s::text[], %(currencies)s::text[]) AS used (account, currency)
        WHERE NOT EXISTS (
            SELECT FROM accounts WHERE accounts.account = used.account AND accounts.currency = used.currency
        )
        ORDER BY account, currency
        ON CONFLICT DO NOTHING
        """,
        named,
    )
    conn.execute(
        """
        SELECT FROM accounts
        JOIN unnest(%(accounts)s::text[], %(currencies)s::text[]) AS used (account, currency) USING (account, currency)
        ORDER BY accounts.account, accounts.currency
        FOR KEY SHARE OF accounts
        """,
        named,
    )


def _row(journal: Journal) -> dict[str, Any]:
    return {
        "source": journal.source,
        "kind": journal.kind,
        "currency": journal.currency,
        "order_id": journal.order_id,
        "claim_id": journal.claim_id,
        "entries": journal.entries,
    }
