"""Decisions and attributions, kept as the text that a replay compares; and what they do to claims, lines and orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from service.queues import OPEN_CLAIM_PAUSE
from service.store.database import Connection


@dataclass(frozen=True, slots=True)
class Settlement:
    """All that one decision changes: the claim's new state, its grant, and the receipt's two texts."""

    decision_id: str
    claim_id: str
    order_id: str
    outcome: str
    policy_id: str
    facts: str
    result: str
    guarantee: str
    status: str
    status_detail: str
    stage: str
    waiting_on: str
    resolution: str | None
    granted: int
    asks_buyer: bool
    asks_farmer: bool
    response_due_at: datetime | None
    review_hours: int | None
    final: bool
    attributes: bool
    compensates: bool
    subsidises: bool
    grants: tuple[tuple[str, int], ...]
    refund: dict[str, Any] | None
    coupon: dict[str, Any] | None


def settle(conn: Connection, settlements: Sequence[Settlement]) -> None:
    """Write a batch of decisions set-wise: receipts, claims, grants on lines, compensation, refunds, coupons, work.

    The claims, orders and lines must be locked by the caller. Raises CheckViolation where a line would be
    refunded beyond what was paid, or a claim would move as no table allows.
    """
    if not settlements:
        return
    conn.execute(
        _SETTLE,
        {
            "settlements": Jsonb([_settlement_row(s) for s in settlements]),
            "claim_ids": [s.claim_id for s in settlements],
            "order_ids": [s.order_id for s in settlements],
        },
        prepare=True,
    )


_WAITS_FOR_ITS_WINDOW = f"""coalesce((
    SELECT min(due_at) FROM work
    WHERE work.subject_id = given.order_id AND work.kind = 'release_sale' AND work.parked_at IS NULL
) > now() + make_interval(secs => {2 * OPEN_CLAIM_PAUSE.total_seconds():g}), false)"""
"""A sale that is put back for much longer than one with open claims waits for its window, which no claim moves.

Twice as long, for now() is when a transaction began: a sale may have been put back since.
"""

# The ids are given once more as arrays: joined to the JSON alone, whole tables were read for fifty rows.
_SETTLE = f"""
WITH given AS (
    SELECT * FROM jsonb_to_recordset(%(settlements)s) AS settlement (
        decision_id text, claim_id text, order_id text, outcome text, policy_id text, facts text, result text,
        guarantee text, status text, status_detail text, stage text, waiting_on text, resolution text,
        granted bigint, asks_buyer boolean, asks_farmer boolean, response_due_at timestamptz,
        review_hours integer, final boolean, attributes boolean, compensates boolean,
        subsidises boolean, grants jsonb, refund jsonb, coupon jsonb
    )
),
kept AS (
    INSERT INTO decisions (decision_id, claim_id, kind, outcome, amount, policy_id, facts, result)
    SELECT decision_id, claim_id, 'decision', outcome, granted, policy_id, facts, result
    FROM given
),
tallied AS (
    INSERT INTO tallies (measure, labels, counted)
    SELECT 'decisions', ARRAY[guarantee, outcome], count(*) FROM given GROUP BY guarantee, outcome
),
changed AS (
    UPDATE claims
    SET version = version + 1,
        status = given.status,
        status_detail = given.status_detail,
        stage = given.stage,
        waiting_on = given.waiting_on,
        guarantee = given.guarantee,
        resolution = coalesce(given.resolution, claims.resolution),
        granted = greatest(claims.granted, given.granted),
        refund_status = CASE
            WHEN given.refund IS NOT NULL THEN 'pending'
            WHEN given.coupon IS NOT NULL AND refund_status = 'none' THEN 'succeeded'
            ELSE refund_status END,
        refunded_at = CASE WHEN given.coupon IS NOT NULL THEN coalesce(refunded_at, now()) ELSE refunded_at END,
        asked_buyer_at = CASE WHEN asks_buyer THEN coalesce(asked_buyer_at, now()) ELSE asked_buyer_at END,
        asked_farmer_at = CASE WHEN asks_farmer THEN coalesce(asked_farmer_at, now()) END,
        response_due_at = given.response_due_at,
        review_due_at = CASE WHEN review_hours IS NOT NULL
            THEN coalesce(review_due_at, now() + make_interval(hours => review_hours)) END,
        decided_at = CASE WHEN final THEN clock_timestamp() ELSE decided_at END,
        escalated_at = CASE WHEN final THEN NULL ELSE escalated_at END
    FROM given
    WHERE claims.claim_id = ANY(%(claim_ids)s) AND claims.claim_id = given.claim_id
),
line AS (
    SELECT claim_id, order_id, each ->> 0 AS line_id, (each ->> 1)::bigint AS amount
    FROM given, jsonb_array_elements(grants) AS each
),
noted AS (
    INSERT INTO grants (claim_id, order_id, line_id, amount)
    SELECT claim_id, order_id, line_id, amount FROM line
    ON CONFLICT (claim_id, line_id) DO UPDATE SET amount = grants.amount + excluded.amount
),
refunded AS (
    UPDATE order_lines
    SET refunded = refunded + line.amount
    FROM line
    WHERE order_lines.order_id = ANY(%(order_ids)s)
        AND order_lines.order_id = line.order_id AND order_lines.line_id = line.line_id
),
compensated AS (
    UPDATE orders
    SET compensated = CASE WHEN compensates THEN given.granted ELSE compensated END,
        compensated_by = CASE WHEN compensates THEN given.claim_id ELSE compensated_by END,
        subsidised = CASE WHEN subsidises THEN given.granted ELSE subsidised END,
        subsidised_by = CASE WHEN subsidises THEN given.claim_id ELSE subsidised_by END
    FROM given
    WHERE orders.order_id = ANY(%(order_ids)s) AND orders.order_id = given.order_id AND (
        compensates AND coalesce(orders.compensated_by, given.claim_id) = given.claim_id
        OR subsidises AND coalesce(orders.subsidised_by, given.claim_id) = given.claim_id
    )
),
requested AS (
    INSERT INTO refunds (refund_id, claim_id, order_id, purpose, amount, currency, payee, transaction_id, channel)
    SELECT refund ->> 'refund_id', claim_id, order_id, refund ->> 'purpose', (refund ->> 'amount')::bigint,
        refund ->> 'currency', refund ->> 'payee', refund ->> 'transaction_id', refund ->> 'channel'
    FROM given
    WHERE refund IS NOT NULL
),
issued AS (
    INSERT INTO coupons (coupon_id, claim_id, order_id, buyer_id, amount, currency, because, valid_until)
    SELECT coupon ->> 'coupon_id', claim_id, order_id, coupon ->> 'buyer_id', (coupon ->> 'amount')::bigint,
        coupon ->> 'currency', coupon ->> 'because', now() + make_interval(days => (coupon ->> 'valid_days')::integer)
    FROM given
    WHERE coupon IS NOT NULL
    RETURNING coupon_id, valid_until
)
INSERT INTO work (kind, subject_id, due_at)
SELECT 'refund_buyer', refund ->> 'refund_id', now() FROM given WHERE refund IS NOT NULL
UNION ALL
SELECT 'expire_coupon', coupon_id, valid_until FROM issued
UNION ALL
SELECT 'attribute_claim', claim_id, now() FROM given WHERE attributes
UNION ALL
SELECT 'decide_claim', claim_id, response_due_at FROM given WHERE asks_buyer OR asks_farmer
UNION ALL
SELECT 'release_sale', order_id, now() FROM given WHERE final AND NOT attributes AND NOT {_WAITS_FOR_ITS_WINDOW}
"""


def attribution_of(conn: Connection, claim_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the standing charges of each claim."""
    rows = conn.execute(
        """
        SELECT claim_id, charge_id, party, party_id, share_bp, amount, currency, because
        FROM charges
        WHERE claim_id = ANY(%(ids)s) AND reversed_at IS NULL
        ORDER BY claim_id, charge_id
        """,
        {"ids": list(claim_ids)},
    )
    standing: dict[str, list[dict[str, Any]]] = {claim_id: [] for claim_id in claim_ids}
    for row in rows:
        standing[row["claim_id"]].append(row)
    return standing


@dataclass(frozen=True, slots=True)
class Attributed:
    """One attribution: its receipt's texts, the charges it replaces and the charges it makes."""

    decision_id: str
    claim_id: str
    order_id: str
    policy_id: str
    amount: int
    currency: str
    facts: str
    result: str
    reversed_charges: tuple[str, ...]
    charges: tuple[dict[str, Any], ...]


def attribute(conn: Connection, attributed: Sequence[Attributed]) -> None:
    """Write a batch of attributions set-wise: receipts, charges reversed and charges made."""
    if not attributed:
        return
    replaced = [charge_id for a in attributed for charge_id in a.reversed_charges]
    if replaced:
        conn.execute("UPDATE charges SET reversed_at = now() WHERE charge_id = ANY(%s)", (replaced,))
    conn.execute(
        _ATTRIBUTE,
        {"attributed": Jsonb([_row(a) for a in attributed]), "claim_ids": [a.claim_id for a in attributed]},
        prepare=True,
    )


_ATTRIBUTE = f"""
WITH given AS (
    SELECT * FROM jsonb_to_recordset(%(attributed)s) AS attribution (
        decision_id text, claim_id text, order_id text, policy_id text, amount bigint, currency text, facts text,
        result text, charges jsonb
    )
),
kept AS (
    INSERT INTO decisions (decision_id, claim_id, kind, outcome, amount, policy_id, facts, result)
    SELECT decision_id, claim_id, 'attribution', 'attributed', amount, policy_id, facts, result
    FROM given
),
changed AS (
    UPDATE claims SET version = version + 1 WHERE claim_id = ANY(%(claim_ids)s)
),
released AS (
    INSERT INTO work (kind, subject_id)
    SELECT 'release_sale', order_id FROM given WHERE NOT {_WAITS_FOR_ITS_WINDOW}
)
INSERT INTO charges (claim_id, order_id, decision_id, party, party_id, share_bp, amount, currency, because)
SELECT claim_id, order_id, decision_id, charge.party, charge.party_id, charge.share_bp, charge.amount, currency,
    charge.because
FROM given
CROSS JOIN LATERAL jsonb_to_recordset(charges) AS charge (
    party text, party_id text, share_bp integer, amount bigint, because text
)
"""


def receipts(conn: Connection, claim_id: str) -> list[dict[str, Any]]:
    """Return a claim's decisions and attributions in the order in which they were made."""
    return conn.execute(
        """
        SELECT decision_id, kind, outcome, amount, policy_id, facts, result, decided_at, version AS policy_version
        FROM decisions
        JOIN policies USING (policy_id)
        WHERE claim_id = %(claim_id)s
        ORDER BY decided_at, decision_id
        """,
        {"claim_id": claim_id},
    ).fetchall()


def _row(value: Settlement | Attributed) -> dict[str, Any]:
    """Name a value's fields; `asdict` would copy every one of them deeply, which showed in profiles of a batch."""
    return {name: getattr(value, name) for name in value.__slots__}


def _settlement_row(settlement: Settlement) -> dict[str, Any]:
    row = _row(settlement)
    return row | {"response_due_at": settlement.response_due_at.isoformat() if settlement.response_due_at else None}
