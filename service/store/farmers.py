"""What a farmer sees: charges with their reasons, payouts with their lines, a statement that adds up."""

from datetime import datetime
from typing import Any

from service.domain.postings import farmer_available
from service.store.database import Connection


def charges(conn: Connection, farmer_id: str, before: str | None, limit: int) -> list[dict[str, Any]]:
    """Return a farmer's charges, newest first, reversed ones included."""
    return conn.execute(
        """
        SELECT charge_id, charges.claim_id, charges.order_id, decision_id, share_bp, amount, charges.currency, because,
            posted_at, reversed_at, claims.number AS claim_number, claims.cause, claims.line_id
        FROM charges
        JOIN claims USING (claim_id)
        WHERE party = 'farmer' AND party_id = %(farmer_id)s
            AND (%(before)s::text IS NULL OR charge_id < %(before)s)
        ORDER BY charge_id DESC
        LIMIT %(limit)s
        """,
        {"farmer_id": farmer_id, "before": before, "limit": limit},
    ).fetchall()


def farmers_due(conn: Connection) -> list[dict[str, Any]]:
    """Return the farmers' available accounts with entries that no payout has taken, for a batch of payouts."""
    return conn.execute(
        """
        SELECT DISTINCT substr(account, length('farmer_available:') + 1) AS farmer_id, currency
        FROM entries
        JOIN journals USING (journal_id)
        WHERE account LIKE 'farmer_available:%%'
            AND kind <> 'payout'
            AND NOT EXISTS (SELECT FROM payout_lines WHERE payout_lines.entry_id = entries.entry_id)
        ORDER BY farmer_id, currency
        """
    ).fetchall()


def lock_account(conn: Connection, farmer_id: str, currency: str) -> bool:
    """Keep new postings off a farmer's available account while a payout is drawn; False if there is none."""
    row = conn.execute(
        "SELECT FROM accounts WHERE account = %(account)s AND currency = %(currency)s FOR UPDATE",
        {"account": farmer_available(farmer_id), "currency": currency},
    ).fetchone()
    return row is not None


def unpaid_entries(conn: Connection, farmer_id: str, currency: str) -> list[dict[str, Any]]:
    """Return the entries that the next payout has to take."""
    return conn.execute(
        """
        SELECT entry_id, amount
        FROM entries
        JOIN journals USING (journal_id)
        WHERE account = %(account)s AND currency = %(currency)s AND kind <> 'payout'
            AND NOT EXISTS (SELECT FROM payout_lines WHERE payout_lines.entry_id = entries.entry_id)
        ORDER BY entry_id
        """,
        {"account": farmer_available(farmer_id), "currency": currency},
    ).fetchall()


def draw_payout(
    conn: Connection, farmer_id: str, currency: str, amount: int, channel: str, entry_ids: list[int]
) -> str:
    """Store a payout with its lines, make its sending due, and return its id."""
    row = conn.execute(
        """
        WITH payout AS (
            INSERT INTO payouts (farmer_id, currency, amount, channel)
            VALUES (%(farmer_id)s, %(currency)s, %(amount)s, %(channel)s)
            RETURNING payout_id
        ),
        line AS (
            INSERT INTO payout_lines (payout_id, entry_id)
            SELECT payout_id, unnest(%(entry_ids)s::bigint[]) FROM payout
        ),
        due AS (
            INSERT INTO work (kind, subject_id)
            SELECT 'pay_farmer', payout_id FROM payout
        )
        SELECT payout_id FROM payout
        """,
        {
            "farmer_id": farmer_id,
            "currency": currency,
            "amount": amount,
            "channel": channel,
            "entry_ids": entry_ids,
        },
    ).fetchone()
    assert row is not None
    return str(row["payout_id"])


def unfinished_payouts(conn: Connection, payout_ids: list[str]) -> list[dict[str, Any]]:
    """Return those payouts that have not reached the farmer; a failed one is here again when a person retries it."""
    return conn.execute(
        """
        SELECT payout_id, farmer_id, currency, amount, channel, status
        FROM payouts
        WHERE payout_id = ANY(%(ids)s) AND status IN ('pending', 'unknown', 'failed')
        ORDER BY payout_id
        """,
        {"ids": payout_ids},
    ).fetchall()


def finish_payout(conn: Connection, payout_id: str, status: str, reference: str | None, because: str) -> bool:
    """Write a payout's outcome if it is still open; False if it was finished before."""
    done = conn.execute(
        """
        UPDATE payouts
        SET status = %(status)s,
            reference = coalesce(%(reference)s, reference),
            because = %(because)s,
            finished_at = CASE WHEN %(status)s IN ('succeeded', 'failed') THEN now() END
        WHERE payout_id = %(payout_id)s AND status IN ('pending', 'unknown', 'failed')
        """,
        {"payout_id": payout_id, "status": status, "reference": reference, "because": because[:500]},
    )
    return done.rowcount == 1


def payouts(conn: Connection, farmer_id: str, before: str | None, limit: int) -> list[dict[str, Any]]:
    """Return a farmer's payouts, newest first."""
    return conn.execute(
        """
        SELECT payout_id, farmer_id, currency, amount, channel, status, reference, because, created_at, finished_at
        FROM payouts
        WHERE farmer_id = %(farmer_id)s AND (%(before)s::text IS NULL OR payout_id < %(before)s)
        ORDER BY payout_id DESC
        LIMIT %(limit)s
        """,
        {"farmer_id": farmer_id, "before": before, "limit": limit},
    ).fetchall()


def find_payout(conn: Connection, payout_id: str) -> dict[str, Any] | None:
    """Return a payout's row."""
    return conn.execute(
        """
        SELECT payout_id, farmer_id, currency, amount, channel, status, reference, because, created_at, finished_at
        FROM payouts
        WHERE payout_id = %(payout_id)s
        """,
        {"payout_id": payout_id},
    ).fetchone()


def payout_lines(conn: Connection, payout_id: str) -> list[dict[str, Any]]:
    """Return the statement lines that a payout pays; their net amounts sum to it exactly."""
    return conn.execute(
        f"""
        {_LINE}
        JOIN payout_lines USING (entry_id)
        WHERE payout_id = %(payout_id)s
        ORDER BY entry_id
        """,
        {"payout_id": payout_id},
    ).fetchall()


def statement(
    conn: Connection, farmer_id: str, opens_at: datetime | None, closes_at: datetime | None
) -> list[dict[str, Any]]:
    """Return the lines of a farmer's held and available money in a span of time, oldest first.

    A release moves money between the two accounts and is no line; the running balance is of both together.
    """
    return conn.execute(
        f"""
        SELECT * FROM (
            SELECT line.*, sum(net) OVER (PARTITION BY currency ORDER BY line_id)::bigint AS running_balance
            FROM (
                {_LINE}
                WHERE account IN (%(held)s, %(available)s) AND journals.source NOT LIKE 'release:%%'
            ) AS line
        ) AS running
        WHERE (%(opens_at)s::timestamptz IS NULL OR occurred_at >= %(opens_at)s)
            AND (%(closes_at)s::timestamptz IS NULL OR occurred_at < %(closes_at)s)
        ORDER BY line_id
        """,
        {
            "held": f"farmer_held:{farmer_id}",
            "available": farmer_available(farmer_id),
            "opens_at": opens_at,
            "closes_at": closes_at,
        },
    ).fetchall()


_LINE = """
SELECT entry_id AS line_id, journals.posted_at AS occurred_at, journals.order_id, journals.claim_id,
    claims.number AS claim_number, journals.kind AS type,
    CASE WHEN journals.kind = 'sale' THEN amount ELSE 0 END AS gross,
    CASE WHEN journals.kind = 'sale' THEN 0 ELSE amount END AS charge,
    amount AS net, entries.currency,
    (
        SELECT because FROM charges
        WHERE charges.claim_id = journals.claim_id AND party = 'farmer' AND journals.kind = 'refund_charge'
        ORDER BY charge_id DESC
        LIMIT 1
    ) AS reason,
    policies.version AS policy_version
FROM entries
JOIN journals USING (journal_id)
LEFT JOIN claims ON claims.claim_id = journals.claim_id
LEFT JOIN policies ON policies.policy_id = claims.policy_id
"""
