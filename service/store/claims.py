"""Claims: read in one shape, changed under a lock."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from service.store.database import Connection

CLAIM_COLUMNS = """
    claims.claim_id, claims.number, claims.version, claims.client_id, claims.opened_by, claims.order_id, claims.line_id,
    claims.buyer_id, claims.farmer_id, claims.cause, claims.affected, claims.requested_resolution, claims.note,
    claims.currency, claims.requested_amount, claims.policy_id, claims.status, claims.status_detail, claims.stage,
    claims.waiting_on, claims.refund_status, claims.resolution, claims.guarantee, claims.granted, claims.opened_at,
    claims.decided_at, claims.refunded_at, claims.response_due_at, claims.review_due_at, claims.answer,
    claims.escalated_at, claims.appealed_by
"""


def lock(conn: Connection, claim_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Lock claims and return their rows, in one order for all."""
    return conn.execute(
        f"""
        SELECT {CLAIM_COLUMNS}, claims.request_id, now() AS now
        FROM claims
        WHERE claim_id = ANY(%(ids)s)
        ORDER BY claim_id
        FOR NO KEY UPDATE
        """,
        {"ids": sorted(set(claim_ids))},
    ).fetchall()


def find(conn: Connection, claim_id: str) -> dict[str, Any] | None:
    """Return a claim's row with its evidence, decisions and standing charges."""
    rows = _with_parts(
        conn, conn.execute(f"SELECT {CLAIM_COLUMNS} FROM claims WHERE claim_id = %s", (claim_id,)).fetchall()
    )
    return rows[0] if rows else None


def search(conn: Connection, wanted: Mapping[str, Any], before: str | None, limit: int) -> list[dict[str, Any]]:
    """Return claims newest first; `wanted`: order_id, farmer_id, status, waiting_on, visible_to (a client)."""
    rows = conn.execute(
        f"""
        SELECT {CLAIM_COLUMNS}
        FROM claims
        WHERE (%(order_id)s::text IS NULL OR order_id = %(order_id)s)
            AND (%(farmer_id)s::text IS NULL OR farmer_id = %(farmer_id)s)
            AND (%(status)s::text IS NULL OR status = %(status)s)
            AND (%(waiting_on)s::text IS NULL OR waiting_on = %(waiting_on)s)
            AND (%(visible_to)s::text IS NULL OR client_id = %(visible_to)s)
            AND (%(before)s::text IS NULL OR claim_id < %(before)s)
        ORDER BY claim_id DESC
        LIMIT %(limit)s
        """,
        {
            "order_id": wanted.get("order_id"),
            "farmer_id": wanted.get("farmer_id"),
            "status": wanted.get("status"),
            "waiting_on": wanted.get("waiting_on"),
            "visible_to": wanted.get("visible_to"),
            "before": before,
            "limit": limit,
        },
    ).fetchall()
    return _with_parts(conn, rows)


def reopen(conn: Connection, claim_id: str, changes: Mapping[str, Any]) -> None:
    """Apply an action's changes to a locked claim and raise its version."""
    conn.execute(
        f"""
        UPDATE claims
        SET version = version + 1{"".join(f", {_CHANGES[name]}" for name in changes)}
        WHERE claim_id = %(claim_id)s
        """,
        {"claim_id": claim_id, **{k: Jsonb(v) if k == "ruling" and v else v for k, v in changes.items()}},
    )


_CHANGES = {
    "status": "status = %(status)s",
    "status_detail": "status_detail = %(status_detail)s",
    "stage": "stage = %(stage)s",
    "waiting_on": "waiting_on = %(waiting_on)s",
    "answer": "answer = %(answer)s",
    "answer_note": "answer_note = %(answer_note)s",
    "response_due_at": "response_due_at = %(response_due_at)s",
    "response_hours": "response_due_at = now() + make_interval(hours => %(response_hours)s)",
    "review_hours": "review_due_at = now() + make_interval(hours => %(review_hours)s)",
    "escalated": "escalated_at = CASE WHEN %(escalated)s THEN now() END",
    "appealed_by": "appealed_by = appealed_by || %(appealed_by)s::text",
    "ruling": "ruling = %(ruling)s::jsonb || jsonb_build_object('at', rfc3339(now()))",
}


def link_evidence(conn: Connection, claim_id: str, evidence_ids: Sequence[str]) -> None:
    """Add photos to a claim."""
    conn.execute(
        """
        INSERT INTO claim_evidence (claim_id, evidence_id)
        SELECT %(claim_id)s, unnest(%(evidence_ids)s::text[])
        ON CONFLICT DO NOTHING
        """,
        {"claim_id": claim_id, "evidence_ids": list(evidence_ids)},
    )


def rival(conn: Connection, claim_id: str) -> str | None:
    """Return the live claim that stands where this rejected one would come back: same line, same cause."""
    row = conn.execute(
        """
        SELECT other.claim_id
        FROM claims
        JOIN claims AS other
            ON other.order_id = claims.order_id
            AND other.line_id IS NOT DISTINCT FROM claims.line_id
            AND other.cause = claims.cause
            AND (other.requested_resolution = 'compensation') = (claims.requested_resolution = 'compensation')
            AND other.claim_id <> claims.claim_id
        WHERE claims.claim_id = %(claim_id)s AND other.status NOT IN ('rejected', 'cancelled')
        LIMIT 1
        """,
        {"claim_id": claim_id},
    ).fetchone()
    return str(row["claim_id"]) if row else None


def deadlines_on(conn: Connection, order_id: str) -> list[dict[str, Any]]:
    """Return where the claims on an order stand, and their deadlines."""
    return conn.execute(
        """
        SELECT claim_id, status, waiting_on, response_due_at, decided_at
        FROM claims
        WHERE order_id = %s
        ORDER BY claim_id
        """,
        (order_id,),
    ).fetchall()


def open_on_orders(conn: Connection, order_ids: Sequence[str]) -> list[str]:
    """Return the claims on these orders that the policy may still decide by itself."""
    rows = conn.execute(
        """
        SELECT claim_id
        FROM claims
        WHERE order_id = ANY(%(ids)s) AND status IN ('submitted', 'needs_action', 'in_review') AND stage = 'claim'
        ORDER BY claim_id
        """,
        {"ids": list(order_ids)},
    )
    return [row["claim_id"] for row in rows]


def granted_on_orders(conn: Connection, order_ids: Sequence[str]) -> list[str]:
    """Return the claims on these orders whose cost is shared among parties."""
    rows = conn.execute(
        "SELECT claim_id FROM claims WHERE order_id = ANY(%(ids)s) AND granted > 0 ORDER BY claim_id",
        {"ids": list(order_ids)},
    )
    return [row["claim_id"] for row in rows]


def unsettled_orders(conn: Connection, order_ids: Sequence[str]) -> set[str]:
    """Return those orders that still have a claim without an end, or a grant whose cost has no bearer yet."""
    rows = conn.execute(
        """
        SELECT DISTINCT order_id
        FROM claims
        WHERE order_id = ANY(%(ids)s)
            AND (
                status IN ('submitted', 'needs_action', 'in_review')
                OR (
                    granted > 0
                    AND NOT EXISTS (
                        SELECT FROM charges WHERE charges.claim_id = claims.claim_id AND reversed_at IS NULL
                    )
                )
            )
        """,
        {"ids": list(order_ids)},
    )
    return {row["order_id"] for row in rows}


def _with_parts(conn: Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    parts = conn.execute(
        """
        SELECT given.claim_id,
            ARRAY(
                SELECT evidence_id FROM claim_evidence
                WHERE claim_evidence.claim_id = given.claim_id
                ORDER BY evidence_id
            ) AS evidence,
            ARRAY(
                SELECT decision_id FROM decisions
                WHERE decisions.claim_id = given.claim_id AND kind = 'decision'
                ORDER BY decided_at, decision_id
            ) AS decisions,
            (
                SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'id', coupon_id, 'amount', amount, 'valid_until', rfc3339(valid_until)
                ) ORDER BY coupon_id), '[]')
                FROM coupons
                WHERE coupons.claim_id = given.claim_id
            ) AS coupons,
            (
                SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'party', party, 'party_id', party_id, 'share_bp', share_bp, 'amount', amount, 'because', because
                ) ORDER BY charge_id), '[]')
                FROM charges
                WHERE charges.claim_id = given.claim_id AND reversed_at IS NULL
            ) AS liability
        FROM unnest(%(ids)s::text[]) AS given (claim_id)
        """,
        {"ids": [row["claim_id"] for row in rows]},
    )
    by_claim = {part["claim_id"]: part for part in parts}
    return [{**row, **by_claim[row["claim_id"]]} for row in rows]
