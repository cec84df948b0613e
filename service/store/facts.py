"""What the fact sheets of a batch of claims are made from, in one query."""

from collections.abc import Sequence
from typing import Any

from service.store.database import Connection
from service.store.suspensions import OF_ORDER


def lock_buyers(conn: Connection, buyer_ids: Sequence[str]) -> None:
    """Let one decision at a time look at a buyer's day, so that two at once cannot pass a cap together."""
    conn.execute(
        """
        SELECT pg_advisory_xact_lock(hashtextextended('buyer ' || buyer_id, 0))
        FROM (SELECT unnest(%(ids)s::text[]) AS buyer_id ORDER BY 1) AS buyers
        """,
        {"ids": sorted(set(buyer_ids))},
    )


def materials(conn: Connection, claim_ids: Sequence[str], history_days: int) -> list[dict[str, Any]]:
    """Return one row a claim: claim, order, line, scans, photos and the buyer's history as of the database's time."""
    return conn.execute(_MATERIALS, {"ids": sorted(set(claim_ids)), "days": history_days}, prepare=True).fetchall()


_MATERIALS = f"""
SELECT clock_timestamp() AS as_of,
    claims.claim_id, claims.opened_by, claims.opened_at, claims.cause, claims.requested_resolution, claims.asked_bp,
    claims.granted, claims.order_id, claims.line_id, claims.policy_id, claims.asked_buyer_at, claims.asked_farmer_at,
    claims.response_due_at, claims.waiting_on,
    claims.answer, claims.answer_note, claims.escalated_at, claims.ruling, claims.status, claims.status_detail,
    claims.stage, claims.currency, claims.guarantee,
    orders.buyer_id, orders.buyer_senior, orders.farmer_id, orders.total, orders.paid_at, orders.ship_by,
    orders.presale, orders.province, orders.status AS order_status, orders.compensated, orders.compensated_by,
    orders.subsidised, orders.subsidised_by, orders.city, orders.district, orders.to_village, orders.region,
    orders.payment_channel, orders.transaction_id, {OF_ORDER},
    line.commodity, line.paid, line.freight, line.refunded, line.lines,
    coalesce(own.granted, 0)::bigint AS line_granted,
    parcel.waybills, parcel.scans, query.askable, query.wanted_at, query.answered_at, query.weakly_heard_at,
    photos.readable, photos.pending, photos.unreadable, photos.taken,
    history.recent_claims, today.express_today, today.express_amount_today
FROM claims
JOIN orders USING (order_id)
CROSS JOIN LATERAL (
    SELECT CASE WHEN min(commodity) = max(commodity) THEN min(commodity) ELSE 'mixed' END AS commodity,
        sum(paid)::bigint AS paid,
        sum(freight)::bigint AS freight,
        sum(refunded)::bigint AS refunded,
        jsonb_agg(jsonb_build_object('line_id', line_id, 'left', paid + freight - refunded) ORDER BY line_id) AS lines
    FROM order_lines
    WHERE order_id = claims.order_id AND line_id = coalesce(claims.line_id, line_id)
) AS line
CROSS JOIN LATERAL (
    SELECT sum(amount) AS granted FROM grants WHERE claim_id = claims.claim_id
) AS own
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'carrier', carrier, 'number', number, 'leg', leg, 'uploaded_at', uploaded_at
    )), '[]') AS waybills,
        (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'carrier', carrier, 'number', number, 'at', event_time, 'step', step, 'cause', cause,
                'celsius', celsius, 'air', air, 'provider', provider, 'weak', weak, 'place', place,
                'device', device
            )), '[]')
            FROM waybills
            JOIN tracking_events USING (carrier, number)
            WHERE waybills.order_id = claims.order_id
        ) AS scans
    FROM waybills
    WHERE order_id = claims.order_id
) AS parcel
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM carrier_accounts WHERE asks AND revoked_at IS NULL) AS askable,
        min(wanted_at) AS wanted_at,
        max(answered_at) AS answered_at,
        max(weak.heard_at) AS weakly_heard_at
    FROM waybills
    LEFT JOIN questions USING (carrier, number)
    LEFT JOIN LATERAL (
        SELECT max(recorded_at) AS heard_at
        FROM tracking_events
        WHERE tracking_events.carrier = waybills.carrier AND tracking_events.number = waybills.number AND weak
    ) AS weak ON true
    WHERE order_id = claims.order_id
) AS query
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE status = 'readable' AND kind IN ('goods', 'package')) AS readable,
        count(*) FILTER (WHERE status = 'pending') AS pending,
        count(*) FILTER (WHERE status = 'unreadable') AS unreadable,
        coalesce(jsonb_agg(jsonb_build_object(
            'evidence_id', evidence_id, 'inspection', inspection, 'received_at', received_at
        ) ORDER BY evidence_id) FILTER (WHERE status = 'readable'), '[]') AS taken
    FROM claim_evidence
    JOIN evidence USING (evidence_id)
    WHERE claim_id = claims.claim_id
) AS photos
CROSS JOIN LATERAL (
    SELECT count(*) AS recent_claims
    FROM claims AS earlier
    WHERE earlier.buyer_id = claims.buyer_id
        AND earlier.opened_by = 'buyer'
        AND earlier.claim_id <> claims.claim_id
        AND earlier.opened_at BETWEEN claims.opened_at - make_interval(days => %(days)s) AND claims.opened_at
) AS history
CROSS JOIN LATERAL (
    SELECT count(*) AS express_today, coalesce(sum(earlier.granted), 0)::bigint AS express_amount_today
    FROM claims AS earlier
    WHERE earlier.buyer_id = claims.buyer_id
        AND earlier.guarantee = 'express_refund'
        AND earlier.granted > 0
        AND earlier.claim_id <> claims.claim_id
        AND earlier.opened_at > claims.opened_at - interval '1 day'
) AS today
WHERE claims.claim_id = ANY(%(ids)s)
ORDER BY claims.claim_id
"""
