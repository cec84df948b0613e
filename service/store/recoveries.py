"""What is recovered from carriers, one row a claim and carrier."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from service.store.database import Connection

_COLUMNS = """
    recoveries.recovery_id, recoveries.charge_id, recoveries.claim_id, recoveries.order_id, recoveries.carrier,
    recoveries.currency, recoveries.version, recoveries.status, recoveries.status_detail, recoveries.amount,
    recoveries.recovered, recoveries.written_off, recoveries.overpaid, recoveries.reference, recoveries.because,
    recoveries.opened_at, recoveries.filing_due_at, recoveries.filed_at, recoveries.ended_at
"""

_OVERDUE = "coalesce(recoveries.status = 'due' AND filing_due_at <= now(), false)"


def open_new(conn: Connection, opened: Sequence[Mapping[str, Any]]) -> None:
    """Store recoveries of new charges, and make the reminder of their filing deadline due.

    Each: charge_id, claim_id, order_id, carrier, currency, amount, filing_due_at, remind_at.
    """
    if not opened:
        return
    conn.execute(
        """
        WITH given AS (
            SELECT * FROM jsonb_to_recordset(%(opened)s) AS recovery (
                charge_id text, claim_id text, order_id text, carrier text, currency text, amount bigint,
                filing_due_at timestamptz, remind_at timestamptz
            )
        ),
        added AS (
            INSERT INTO recoveries (charge_id, claim_id, order_id, carrier, currency, amount, filing_due_at)
            SELECT charge_id, claim_id, order_id, carrier, currency, amount, filing_due_at FROM given
            RETURNING recovery_id, charge_id
        )
        INSERT INTO work (kind, subject_id, due_at)
        SELECT 'remind_filing', recovery_id, remind_at
        FROM added
        JOIN given USING (charge_id)
        WHERE remind_at IS NOT NULL
        """,
        {"opened": Jsonb(list(opened))},
    )


def lock_of_claims(conn: Connection, claim_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Lock the recoveries of claims and return their rows."""
    return conn.execute(
        f"""
        SELECT {_COLUMNS}
        FROM recoveries
        WHERE claim_id = ANY(%(ids)s)
        ORDER BY recovery_id
        FOR NO KEY UPDATE
        """,
        {"ids": list(claim_ids)},
    ).fetchall()


def lock(conn: Connection, recovery_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Lock recoveries and return their rows, with whether the filing deadline has passed."""
    return conn.execute(
        f"""
        SELECT {_COLUMNS}, {_OVERDUE} AS overdue, now() AS now
        FROM recoveries
        WHERE recovery_id = ANY(%(ids)s)
        ORDER BY recovery_id
        FOR NO KEY UPDATE
        """,
        {"ids": sorted(set(recovery_ids))},
    ).fetchall()


def follow(conn: Connection, changed: Sequence[Mapping[str, Any]]) -> None:
    """Write what changed charges made of locked recoveries; one that is due again is watched again.

    Another charge that leaves every figure as it was is no new version: whoever read the last one is up to date.

    Each: recovery_id, charge_id, status, status_detail, amount, recovered, written_off, overpaid.
    """
    if not changed:
        return
    conn.execute(
        """
        WITH given AS (
            SELECT * FROM jsonb_to_recordset(%(changed)s) AS recovery (
                recovery_id text, charge_id text, status text, status_detail text, amount bigint, recovered bigint,
                written_off bigint, overpaid bigint
            )
        ),
        followed AS (
            UPDATE recoveries
            SET version = version + CASE
                    WHEN (
                        given.status, given.status_detail, given.amount,
                        given.recovered, given.written_off, given.overpaid
                    ) = (
                        recoveries.status, recoveries.status_detail, recoveries.amount,
                        recoveries.recovered, recoveries.written_off, recoveries.overpaid
                    ) THEN 0
                    ELSE 1 END,
                charge_id = given.charge_id,
                status = given.status,
                status_detail = given.status_detail,
                amount = given.amount,
                recovered = given.recovered,
                written_off = given.written_off,
                overpaid = given.overpaid,
                ended_at = CASE WHEN given.status IN ('recovered', 'written_off', 'cancelled')
                    THEN coalesce(ended_at, now()) END
            FROM given
            WHERE recoveries.recovery_id = given.recovery_id
            RETURNING recoveries.recovery_id, recoveries.status, filing_due_at
        )
        INSERT INTO work (kind, subject_id)
        SELECT 'remind_filing', recovery_id FROM followed WHERE status = 'due' AND filing_due_at IS NOT NULL
        """,
        {"changed": Jsonb(list(changed))},
    )


def move(conn: Connection, recovery_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Write a step of a locked recovery and return its row.

    `changes`: status, status_detail, recovered, written_off, reference of the filing (None: as it was), because.
    """
    row = conn.execute(
        f"""
        UPDATE recoveries
        SET version = version + 1,
            status = %(status)s,
            status_detail = %(status_detail)s,
            recovered = %(recovered)s,
            written_off = %(written_off)s,
            reference = coalesce(%(reference)s, reference),
            because = %(because)s,
            filed_at = CASE WHEN %(status)s = 'filed' THEN now() ELSE filed_at END,
            ended_at = CASE WHEN %(status)s IN ('recovered', 'written_off') THEN now() END
        WHERE recovery_id = %(recovery_id)s
        RETURNING {_COLUMNS}, {_OVERDUE} AS overdue
        """,
        {"recovery_id": recovery_id, **changes},
    ).fetchone()
    assert row is not None
    return row


def note_filing(conn: Connection, recovery_ids: Sequence[str], status_detail: str) -> None:
    """Say of recoveries that are still to be filed how near their deadline is."""
    conn.execute(
        """
        UPDATE recoveries
        SET version = version + 1, status_detail = %(status_detail)s
        WHERE recovery_id = ANY(%(ids)s) AND status = 'due'
        """,
        {"ids": list(recovery_ids), "status_detail": status_detail},
    )


def find(conn: Connection, recovery_id: str) -> dict[str, Any] | None:
    """Return a recovery's row."""
    return conn.execute(
        f"SELECT {_COLUMNS}, {_OVERDUE} AS overdue FROM recoveries WHERE recovery_id = %s", (recovery_id,)
    ).fetchone()


def search(conn: Connection, wanted: Mapping[str, Any], before: str | None, limit: int) -> list[dict[str, Any]]:
    """Return recoveries newest first; `wanted`: carrier, claim_id, status, overdue (True, False or None)."""
    return conn.execute(
        f"""
        SELECT {_COLUMNS}, {_OVERDUE} AS overdue
        FROM recoveries
        WHERE (%(carrier)s::text IS NULL OR carrier = %(carrier)s)
            AND (%(claim_id)s::text IS NULL OR claim_id = %(claim_id)s)
            AND (%(status)s::text IS NULL OR status = %(status)s)
            AND (%(overdue)s::boolean IS NULL OR {_OVERDUE} = %(overdue)s)
            AND (%(before)s::text IS NULL OR recovery_id < %(before)s)
        ORDER BY recovery_id DESC
        LIMIT %(limit)s
        """,
        {name: wanted.get(name) for name in ("carrier", "claim_id", "status", "overdue")}
        | {"before": before, "limit": limit},
    ).fetchall()


def ageing(conn: Connection, carrier: str | None) -> list[dict[str, Any]]:
    """Return per carrier and currency what is outstanding (minor units) by days since it was charged.

    `overdue` counts those whose filing deadline passed unfiled, `unfiled` all that are still to be filed.
    """
    return conn.execute(
        f"""
        SELECT carrier, currency,
            count(*) AS open,
            sum(outstanding)::bigint AS outstanding,
            coalesce(sum(outstanding) FILTER (WHERE days < 30), 0)::bigint AS days_0_29,
            coalesce(sum(outstanding) FILTER (WHERE days >= 30 AND days < 60), 0)::bigint AS days_30_59,
            coalesce(sum(outstanding) FILTER (WHERE days >= 60 AND days < 90), 0)::bigint AS days_60_89,
            coalesce(sum(outstanding) FILTER (WHERE days >= 90), 0)::bigint AS days_90_up,
            count(*) FILTER (WHERE status = 'due') AS unfiled,
            count(*) FILTER (WHERE overdue) AS overdue,
            coalesce(sum(outstanding) FILTER (WHERE overdue), 0)::bigint AS overdue_amount,
            min(filing_due_at) FILTER (WHERE status = 'due') AS next_filing_due_at
        FROM (
            SELECT carrier, currency, status, filing_due_at, amount - recovered - written_off AS outstanding,
                extract(epoch FROM now() - opened_at) / 86400 AS days, {_OVERDUE} AS overdue
            FROM recoveries
            WHERE status IN ('due', 'filed', 'partly_recovered', 'refused')
                AND (%(carrier)s::text IS NULL OR carrier = %(carrier)s)
        ) AS pursued
        GROUP BY carrier, currency
        ORDER BY carrier, currency
        """,
        {"carrier": carrier},
    ).fetchall()


def contents(conn: Connection, recovery_id: str) -> dict[str, Any] | None:
    """Return what a claim pack is made of: the charge with its receipt, claim, order, scans of this carrier, photos."""
    return conn.execute(_CONTENTS, {"recovery_id": recovery_id}).fetchone()


_CONTENTS = f"""
SELECT {_COLUMNS}, {_OVERDUE} AS overdue,
    charges.share_bp, charges.because AS charged_because, charges.posted_at, charges.reversed_at,
    claims.number, claims.cause, claims.asked_bp, claims.granted, claims.guarantee, claims.opened_at AS claimed_at,
    claims.decided_at, orders.paid_at, orders.snapshot -> 'destination' AS destination,
    decisions.facts, decisions.result, decisions.policy_id, policies.version AS policy_version,
    now() AS now,
    (
        SELECT result FROM decisions AS ruled
        WHERE ruled.claim_id = recoveries.claim_id AND kind = 'decision' AND outcome IN ('approved', 'approved_partial')
        ORDER BY decision_id DESC
        LIMIT 1
    ) AS decision,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'line_id', line_id, 'commodity', commodity, 'title', title, 'quantity', quantity, 'unit', unit,
            'paid', paid, 'freight', freight
        ) ORDER BY line_id), '[]')
        FROM order_lines
        WHERE order_lines.order_id = recoveries.order_id AND line_id = coalesce(claims.line_id, line_id)
    ) AS lines,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object('number', number, 'leg', leg) ORDER BY leg, number), '[]')
        FROM waybills
        WHERE waybills.order_id = recoveries.order_id AND waybills.carrier = recoveries.carrier
    ) AS waybills,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'number', number, 'leg', leg, 'at', event_time, 'step', step, 'cause', cause, 'place', place,
            'celsius', celsius, 'device', device, 'provider', provider, 'raw_code', raw_code, 'raw_text', raw_text
        ) ORDER BY event_time, event_id), '[]')
        FROM waybills
        JOIN tracking_events USING (carrier, number)
        WHERE waybills.order_id = recoveries.order_id AND waybills.carrier = recoveries.carrier
            AND (step IS NOT NULL OR celsius IS NULL)
    ) AS scans,
    (
        SELECT coalesce(jsonb_agg(told ORDER BY at, celsius, air, device), '[]')
        FROM (
            SELECT DISTINCT number, event_time AS at, celsius, air, device
            FROM waybills
            JOIN tracking_events USING (carrier, number)
            WHERE waybills.order_id = recoveries.order_id AND waybills.carrier = recoveries.carrier
                AND celsius IS NOT NULL
        ) AS told
    ) AS readings,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', evidence_id, 'kind', kind, 'sha256', sha256, 'received_at', received_at,
            'shown', shown_sha256 IS NOT NULL
        ) ORDER BY evidence_id), '[]')
        FROM claim_evidence
        JOIN evidence USING (evidence_id)
        WHERE claim_evidence.claim_id = recoveries.claim_id
    ) AS photos
FROM recoveries
JOIN charges USING (charge_id)
JOIN claims ON claims.claim_id = recoveries.claim_id
JOIN orders ON orders.order_id = recoveries.order_id
JOIN decisions USING (decision_id)
JOIN policies ON policies.policy_id = decisions.policy_id
WHERE recovery_id = %(recovery_id)s
"""
