"""How a claim comes in: one autocommitted statement, or nothing at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.errors import ForeignKeyViolation, UniqueViolation
from psycopg.types.json import Jsonb

from service.store.claims import CLAIM_COLUMNS
from service.store.database import Connection


@dataclass(frozen=True, slots=True)
class Intake:
    """A claim as asked for, checked in form."""

    claim_id: str
    client_id: str
    order_id: str
    line_id: str | None
    cause: str
    affected: dict[str, Any]
    asked_bp: int | None
    quantity: float | None
    requested_resolution: str
    note: str
    evidence_ids: tuple[str, ...]
    key: str
    request_sha256: bytes
    request_id: str | None = None


def take(conn: Connection, intake: Intake) -> dict[str, Any] | None:
    """Store claim, photos, first work and idempotency key in one statement; return the claim as JSON keeps it.

    None means that something stood in the way: nothing was written, and `obstacles` says what. Autocommitted.
    """
    try:
        row = conn.execute(TAKE, _intake_values(intake), prepare=True).fetchone()
    except (UniqueViolation, ForeignKeyViolation):
        return None
    return dict(row["answer"]) if row else None


TAKE = f"""
WITH attempt AS (
    SELECT pg_try_advisory_xact_lock(hashtextextended(%(client_id)s || ' ' || %(key)s, 0)) AS alone
),
goods AS (
    SELECT orders.order_id, orders.buyer_id, orders.farmer_id, orders.currency, orders.policy_id,
        sum(line.paid) AS paid,
        sum(line.freight) AS freight,
        coalesce(%(asked_bp)s, least(ceil(%(quantity)s / min(line.quantity) * 10000), 10000))::integer AS asked_bp,
        min(line.quantity) AS quantity
    FROM orders
    JOIN order_lines AS line USING (order_id)
    WHERE order_id = %(order_id)s AND line_id = coalesce(%(line_id)s, line_id)
    GROUP BY orders.order_id
),
given AS (
    SELECT evidence_id
    FROM evidence
    WHERE evidence_id = ANY(%(evidence_ids)s::text[]) AND client_id = %(client_id)s
),
claim AS (
    INSERT INTO claims (
        claim_id, client_id, opened_by, order_id, line_id, buyer_id, farmer_id, cause, affected, asked_bp,
        requested_resolution, note, currency, requested_amount, policy_id, request_id
    )
    SELECT %(claim_id)s, %(client_id)s, 'buyer', order_id, %(line_id)s, buyer_id, farmer_id, %(cause)s, %(affected)s,
        asked_bp, %(requested_resolution)s, %(note)s, currency,
        div((paid + freight) * asked_bp + 5000, 10000), policy_id, %(request_id)s
    FROM goods
    WHERE (SELECT alone FROM attempt)
        AND (SELECT count(*) FROM given) = cardinality(%(evidence_ids)s::text[])
        AND coalesce(%(quantity)s <= quantity, true)
        AND NOT EXISTS (SELECT FROM idempotency_keys WHERE client_id = %(client_id)s AND key = %(key)s)
    RETURNING {CLAIM_COLUMNS.replace("claims.", "")}
),
link AS (
    INSERT INTO claim_evidence (claim_id, evidence_id)
    SELECT claim.claim_id, given.evidence_id
    FROM claim, given
),
due AS (
    INSERT INTO work (kind, subject_id)
    SELECT 'decide_claim', claim_id
    FROM claim
),
kept AS (
    INSERT INTO idempotency_keys (client_id, key, request_sha256, status_code, answer)
    SELECT client_id, %(key)s, %(request_sha256)s, 201,
        to_jsonb(claim) || jsonb_build_object('evidence', %(evidence_ids)s::text[])
    FROM claim
    RETURNING answer
)
SELECT answer FROM kept
"""
"""The whole intake; the benchmark lets pgbench run the same."""


def obstacles(conn: Connection, intake: Intake) -> dict[str, Any]:
    """Say what is there for an intake that was not stored: key, order, line, quantity, photos, and a live claim."""
    row = conn.execute(
        """
        SELECT
            EXISTS (SELECT FROM orders WHERE order_id = %(order_id)s) AS order_found,
            (
                SELECT min(quantity) FROM order_lines
                WHERE order_id = %(order_id)s AND line_id = coalesce(%(line_id)s, line_id)
            ) AS line_quantity,
            ARRAY(
                SELECT wanted
                FROM unnest(%(evidence_ids)s::text[]) AS wanted
                WHERE NOT EXISTS (
                    SELECT FROM evidence WHERE evidence_id = wanted AND client_id = %(client_id)s
                )
            ) AS evidence_missing,
            (
                SELECT claim_id FROM claims
                WHERE order_id = %(order_id)s AND line_id IS NOT DISTINCT FROM %(line_id)s AND cause = %(cause)s
                    AND (requested_resolution = 'compensation') = (%(requested_resolution)s = 'compensation')
                    AND status NOT IN ('rejected', 'cancelled')
                LIMIT 1
            ) AS live_claim_id
        """,
        _intake_values(intake),
    ).fetchone()
    return dict(row) if row else {}


def open_by_system(conn: Connection, order_ids: Sequence[str], claim_ids: Mapping[str, str], cause: str) -> list[str]:
    """Open a claim for a compensation of each order that has none for this cause; return the claims opened.

    Where a person has ruled on the system's claim, that stands: it does not open another. It belongs to the app that
    its order names; of an order that names none, to the only app there is, or to none.
    """
    rows = conn.execute(
        """
        WITH only_app AS (
            SELECT min(client_id) AS client_id
            FROM clients
            WHERE 'claims:write' = ANY(scopes) AND 'claims:review' <> ALL(scopes) AND farmer_id IS NULL
                AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
            HAVING count(*) = 1
        ),
        claim AS (
            INSERT INTO claims (
                claim_id, client_id, opened_by, order_id, buyer_id, farmer_id, cause, affected, asked_bp,
                requested_resolution, currency, requested_amount, policy_id
            )
            SELECT given.claim_id, coalesce(app_client_id, (SELECT client_id FROM only_app)), 'system', order_id,
                buyer_id, farmer_id, %(cause)s, '{"share_bp": 10000}', 10000, 'compensation', currency, 0, policy_id
            FROM jsonb_each_text(%(claim_ids)s) AS given (order_id, claim_id)
            JOIN orders USING (order_id)
            WHERE order_id = ANY(%(order_ids)s)
                AND NOT EXISTS (
                    SELECT FROM claims
                    WHERE claims.order_id = orders.order_id AND cause = %(cause)s AND opened_by = 'system'
                        AND ruling IS NOT NULL
                )
            ON CONFLICT DO NOTHING
            RETURNING claim_id
        ),
        due AS (
            INSERT INTO work (kind, subject_id)
            SELECT 'decide_claim', claim_id FROM claim
        )
        SELECT claim_id FROM claim ORDER BY claim_id
        """,
        {"claim_ids": Jsonb(dict(claim_ids)), "order_ids": list(order_ids), "cause": cause},
    )
    return [row["claim_id"] for row in rows]


def _intake_values(intake: Intake) -> dict[str, Any]:
    return {
        "claim_id": intake.claim_id,
        "client_id": intake.client_id,
        "order_id": intake.order_id,
        "line_id": intake.line_id,
        "cause": intake.cause,
        "affected": Jsonb(intake.affected),
        "asked_bp": intake.asked_bp,
        "quantity": intake.quantity,
        "requested_resolution": intake.requested_resolution,
        "note": intake.note,
        "evidence_ids": list(intake.evidence_ids),
        "key": intake.key,
        "request_sha256": intake.request_sha256,
        "request_id": intake.request_id,
    }
