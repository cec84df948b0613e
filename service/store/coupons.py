"""Coupons: issued with a decision (see store.decisions) or by hand, redeemed whole in one order, or expired."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.store.database import Connection

_COLUMNS = """
    coupons.coupon_id, coupons.claim_id, coupons.order_id, coupons.buyer_id, coupons.amount, coupons.currency,
    coupons.because, coupons.status, coupons.issued_at, coupons.valid_until, coupons.redeemed_by, coupons.redeemed_at,
    coupons.times_redeemed, coupons.expired_at
"""

_VISIBLE = """
    (
        %(visible_to)s::text IS NULL
        OR EXISTS (
            SELECT FROM claims
            WHERE claims.claim_id = coupons.claim_id AND claims.client_id = %(visible_to)s
        )
    )
"""
"""An app sees the coupons of the claims that it sees; one given by hand is the order service's to show."""


def add(conn: Connection, coupon: Mapping[str, Any]) -> dict[str, Any]:
    """Store a coupon given by hand, with the work that ends it, and return its row.

    `coupon`: order_id, buyer_id, amount, currency, because, valid_days.
    """
    row = conn.execute(
        f"""
        WITH added AS (
            INSERT INTO coupons (order_id, buyer_id, amount, currency, because, valid_until)
            VALUES (
                %(order_id)s, %(buyer_id)s, %(amount)s, %(currency)s, %(because)s,
                now() + make_interval(days => %(valid_days)s)
            )
            RETURNING *
        ),
        due AS (
            INSERT INTO work (kind, subject_id, due_at)
            SELECT 'expire_coupon', coupon_id, valid_until FROM added
        )
        SELECT {_COLUMNS} FROM added AS coupons
        """,
        coupon,
    ).fetchone()
    assert row is not None
    return row


def find(conn: Connection, coupon_id: str, visible_to: str | None = None) -> dict[str, Any] | None:
    """Return a coupon's row, if it is there and this client (None: everybody) may see it."""
    return conn.execute(
        f"SELECT {_COLUMNS} FROM coupons WHERE coupon_id = %(coupon_id)s AND {_VISIBLE}",
        {"coupon_id": coupon_id, "visible_to": visible_to},
    ).fetchone()


def search(conn: Connection, wanted: Mapping[str, Any], before: str | None, limit: int) -> list[dict[str, Any]]:
    """Return coupons newest first; `wanted`: buyer_id, claim_id, status, visible_to (a client)."""
    return conn.execute(
        f"""
        SELECT {_COLUMNS}
        FROM coupons
        WHERE (%(buyer_id)s::text IS NULL OR buyer_id = %(buyer_id)s)
            AND (%(claim_id)s::text IS NULL OR claim_id = %(claim_id)s)
            AND (%(status)s::text IS NULL OR status = %(status)s)
            AND (%(before)s::text IS NULL OR coupon_id < %(before)s)
            AND {_VISIBLE}
        ORDER BY coupon_id DESC
        LIMIT %(limit)s
        """,
        {name: wanted.get(name) for name in ("buyer_id", "claim_id", "status", "visible_to")}
        | {"before": before, "limit": limit},
    ).fetchall()


def lock(conn: Connection, coupon_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Lock coupons and return their rows, in one order for all, with whether their day has passed."""
    return conn.execute(
        f"""
        SELECT {_COLUMNS}, valid_until <= now() AS over
        FROM coupons
        WHERE coupon_id = ANY(%(ids)s)
        ORDER BY coupon_id
        FOR NO KEY UPDATE
        """,
        {"ids": sorted(set(coupon_ids))},
    ).fetchall()


def redeem(conn: Connection, coupon_id: str, order_id: str) -> dict[str, Any]:
    """Note on a locked coupon which order takes it, and return its row."""
    return _changed(
        conn,
        f"""
        UPDATE coupons
        SET status = 'redeemed',
            redeemed_by = %(order_id)s,
            redeemed_at = now(),
            times_redeemed = times_redeemed + 1
        WHERE coupon_id = %(coupon_id)s
        RETURNING {_COLUMNS}
        """,
        {"coupon_id": coupon_id, "order_id": order_id},
    )


def restore(conn: Connection, coupon_id: str) -> dict[str, Any]:
    """Make a locked, redeemed coupon valid again until its day, with the work that ends it, and return its row."""
    return _changed(
        conn,
        f"""
        WITH restored AS (
            UPDATE coupons
            SET status = 'issued', redeemed_by = NULL, redeemed_at = NULL
            WHERE coupon_id = %(coupon_id)s
            RETURNING *
        ),
        due AS (
            INSERT INTO work (kind, subject_id, due_at)
            SELECT 'expire_coupon', coupon_id, greatest(valid_until, now()) FROM restored
        )
        SELECT {_COLUMNS} FROM restored AS coupons
        """,
        {"coupon_id": coupon_id},
    )


def expire(conn: Connection, coupon_ids: Sequence[str], reason: str = "") -> None:
    """End locked coupons that nobody took; the reason, where one is given, stands beside that of their issue."""
    conn.execute(
        """
        UPDATE coupons
        SET status = 'expired',
            expired_at = now(),
            because = because || CASE WHEN %(reason)s::text <> '' THEN '; ended: ' || %(reason)s::text ELSE '' END
        WHERE coupon_id = ANY(%(ids)s)
        """,
        {"ids": list(coupon_ids), "reason": reason},
    )


def expired_of(conn: Connection, claim_ids: Sequence[str]) -> dict[str, int]:
    """Return how much of each claim's grant (minor units) expired without ever being taken."""
    rows = conn.execute(
        """
        SELECT claim_id, sum(amount)::bigint AS expired
        FROM coupons
        WHERE claim_id = ANY(%(ids)s) AND status = 'expired'
        GROUP BY claim_id
        """,
        {"ids": list(claim_ids)},
    )
    return {row["claim_id"]: row["expired"] for row in rows}


def _changed(conn: Connection, statement: str, values: dict[str, Any]) -> dict[str, Any]:
    row = conn.execute(statement.encode(), values).fetchone()
    assert row is not None
    return row
