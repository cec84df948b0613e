"""Refunds on their way to buyers: requested with the decision, finished once, replaced where the bank refused."""

from collections.abc import Sequence
from typing import Any

from service.store.database import Connection

_COLUMNS = """
    refund_id, claim_id, order_id, purpose, amount, currency, payee, transaction_id, channel, status, reference,
    because, requested_at, finished_at, refused_at, replaces,
    (SELECT request_id FROM claims WHERE claims.claim_id = refunds.claim_id) AS request_id
"""


def unfinished(conn: Connection, refund_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return those refunds that have not reached the buyer; a failed one is here again when a person retries it."""
    return conn.execute(
        f"""
        SELECT {_COLUMNS}
        FROM refunds
        WHERE refund_id = ANY(%(ids)s) AND status IN ('pending', 'unknown', 'failed')
        ORDER BY refund_id
        """,
        {"ids": list(refund_ids)},
    ).fetchall()


def find(conn: Connection, refund_id: str) -> dict[str, Any] | None:
    """Return a refund's row."""
    return conn.execute(f"SELECT {_COLUMNS} FROM refunds WHERE refund_id = %s", (refund_id,)).fetchone()


def finish(
    conn: Connection, refund_id: str, status: str, reference: str | None, because: str, *, refused: bool = False
) -> bool:
    """Write a refund's outcome if it is still open, and carry it to the claim; False if it was finished before.

    `status`: succeeded, failed or unknown; `refused`: the bank itself refused this id for ever.
    The claim is refunded when none of its refunds is open or failed.
    The claim is locked first: two of its refunds that finish at once must see each other's outcome.
    """
    _lock_claim(conn, refund_id)
    row = conn.execute(
        """
        UPDATE refunds
        SET status = %(status)s,
            reference = coalesce(%(reference)s, reference),
            because = %(because)s,
            finished_at = CASE WHEN %(status)s IN ('succeeded', 'failed') THEN now() END,
            refused_at = CASE WHEN %(refused)s THEN coalesce(refused_at, now()) ELSE refused_at END
        WHERE refund_id = %(refund_id)s AND status IN ('pending', 'unknown', 'failed')
        RETURNING claim_id
        """,
        {
            "refund_id": refund_id,
            "status": status,
            "reference": reference,
            "because": because[:500],
            "refused": refused,
        },
    ).fetchone()
    if row is None:
        return False
    _carry_to_claim(conn, row["claim_id"], status)
    return True


def withdraw(conn: Connection, refund_id: str) -> bool:
    """Remove the steps of sending a refund, and say whether none is left: what a worker holds now is left to it.

    A worker locks its step, then the claim: whoever changes the refund beside it withdraws first.
    """
    conn.execute(
        "DELETE FROM work WHERE kind = 'refund_buyer' AND subject_id = %s AND lease_id IS NULL",
        (refund_id,),
    )
    held = conn.execute("SELECT FROM work WHERE kind = 'refund_buyer' AND subject_id = %s LIMIT 1", (refund_id,))
    return held.fetchone() is None


def lock(conn: Connection, refund_id: str) -> dict[str, Any] | None:
    """Lock a refund with its claim, in the order of all, and return its row."""
    _lock_claim(conn, refund_id)
    return conn.execute(
        f"SELECT {_COLUMNS} FROM refunds WHERE refund_id = %s FOR NO KEY UPDATE", (refund_id,)
    ).fetchone()


def replace(conn: Connection, refund_id: str, channel: str, reason: str) -> dict[str, Any]:
    """Put a new refund with the same terms in the place of a locked one, due at once, and return its row."""
    row = conn.execute(
        f"""
        INSERT INTO refunds (replaces, claim_id, order_id, purpose, amount, currency, payee, transaction_id, channel)
        SELECT refund_id, claim_id, order_id, purpose, amount, currency, payee, transaction_id, %(channel)s
        FROM refunds
        WHERE refund_id = %(refund_id)s
        RETURNING {_COLUMNS}
        """,
        {"refund_id": refund_id, "channel": channel},
    ).fetchone()
    assert row is not None
    conn.execute(
        """
        UPDATE refunds
        SET status = 'replaced', because = because || '; replaced: ' || %(reason)s
        WHERE refund_id = %(refund_id)s
        """,
        {"refund_id": refund_id, "reason": reason},
    )
    conn.execute("INSERT INTO work (kind, subject_id) VALUES ('refund_buyer', %s)", (row["refund_id"],))
    _carry_to_claim(conn, row["claim_id"], row["status"])
    return row


def _lock_claim(conn: Connection, refund_id: str) -> None:
    conn.execute(
        """
        SELECT FROM claims
        WHERE claim_id = (SELECT claim_id FROM refunds WHERE refund_id = %(refund_id)s)
        FOR NO KEY UPDATE
        """,
        {"refund_id": refund_id},
    )


def _carry_to_claim(conn: Connection, claim_id: str, status: str) -> None:
    conn.execute(
        """
        WITH tallied AS (
            INSERT INTO tallies (measure, labels, counted)
            SELECT 'refunds_succeeded', '{}', 1 WHERE %(status)s = 'succeeded'
        ),
        all_of AS (
            SELECT CASE
                    WHEN bool_or(status = 'failed') THEN 'failed'
                    WHEN bool_or(status = 'unknown') THEN 'unknown'
                    WHEN bool_or(status = 'pending') THEN 'pending'
                    ELSE 'succeeded'
                END AS refund_status
            FROM refunds
            WHERE claim_id = %(claim_id)s
        )
        UPDATE claims
        SET version = version + 1,
            refund_status = all_of.refund_status,
            refunded_at = CASE WHEN all_of.refund_status = 'succeeded' THEN now() ELSE refunded_at END
        FROM all_of
        WHERE claim_id = %(claim_id)s AND claims.refund_status <> all_of.refund_status
        """,
        {"claim_id": claim_id, "status": status},
    )
