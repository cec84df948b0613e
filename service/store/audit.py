"""Promises that the books must keep at any moment, each as one query that finds what breaks it."""

from typing import Any

from service.store.database import Connection, read_whole_tables

CHECKS: dict[str, str] = {
    "every journal balances": """
        SELECT journal_id::text AS subject, sum(amount)::text AS detail
        FROM entries GROUP BY journal_id, currency HAVING sum(amount) <> 0
    """,
    "nobody gets back more than was paid": """
        SELECT order_id || ' line ' || line_id AS subject, refunded || ' of ' || paid + freight AS detail
        FROM order_lines WHERE refunded > paid + freight
    """,
    "a line's refunds are the sum of its grants": """
        SELECT order_id || ' line ' || line_id AS subject, refunded || ' against ' || coalesce(granted, 0) AS detail
        FROM order_lines
        LEFT JOIN (
            SELECT order_id, line_id, sum(amount) AS granted FROM grants GROUP BY order_id, line_id
        ) AS given USING (order_id, line_id)
        WHERE refunded <> coalesce(granted, 0)
    """,
    "what a claim was granted is what its refunds and coupons give": """
        SELECT claim_id AS subject, granted || ' against ' || coalesce(sent, 0) || ' + ' || coalesce(given, 0) AS detail
        FROM claims
        LEFT JOIN (
            SELECT claim_id, sum(amount) AS sent FROM refunds WHERE status <> 'replaced' GROUP BY claim_id
        ) AS refunded USING (claim_id)
        LEFT JOIN (SELECT claim_id, sum(amount) AS given FROM coupons GROUP BY claim_id) AS issued USING (claim_id)
        WHERE granted <> coalesce(sent, 0) + coalesce(given, 0)
    """,
    "every refund is granted once in the ledger, under the first id": """
        SELECT refund_id AS subject, 'replaces ' || coalesce(replaces, 'nothing') AS detail
        FROM refunds
        WHERE (replaces IS NULL) <> EXISTS (SELECT FROM journals WHERE source = 'grant:' || refund_id)
    """,
    "a refund is replaced by one with the same terms, or by none": """
        SELECT refunds.refund_id AS subject, refunds.status || ', then ' || coalesce(next.refund_id, 'none') AS detail
        FROM refunds
        LEFT JOIN refunds AS next ON next.replaces = refunds.refund_id
            AND (next.claim_id, next.amount, next.currency, next.payee)
                = (refunds.claim_id, refunds.amount, refunds.currency, refunds.payee)
        WHERE (refunds.status = 'replaced') <> (next.refund_id IS NOT NULL)
    """,
    "a refund is paid in the ledger if and only if it succeeded": """
        SELECT refund_id AS subject, status AS detail
        FROM refunds
        WHERE (status = 'succeeded') <> EXISTS (SELECT FROM journals WHERE source = 'refund_paid:' || refund_id)
    """,
    "standing charges sum to what was granted, less what expired": """
        SELECT claim_id AS subject, granted || ' - ' || coalesce(lapsed, 0) || ' against ' || charged AS detail
        FROM claims
        JOIN (
            SELECT claim_id, sum(amount) AS charged FROM charges WHERE reversed_at IS NULL GROUP BY claim_id
        ) AS borne USING (claim_id)
        LEFT JOIN (
            SELECT claim_id, sum(amount) AS lapsed FROM coupons WHERE status = 'expired' GROUP BY claim_id
        ) AS expired USING (claim_id)
        WHERE granted - coalesce(lapsed, 0) <> charged
            AND status NOT IN ('needs_action', 'in_review')
            AND NOT EXISTS (SELECT FROM work WHERE kind = 'attribute_claim' AND subject_id = claim_id)
    """,
    "a payout is the sum of its lines": """
        SELECT payout_id AS subject, payouts.amount || ' against ' || sum(entries.amount) AS detail
        FROM payouts JOIN payout_lines USING (payout_id) JOIN entries USING (entry_id)
        GROUP BY payout_id, payouts.amount HAVING payouts.amount <> sum(entries.amount)
    """,
    "no undecided claim is forgotten": """
        SELECT claim_id AS subject, status AS detail
        FROM claims
        WHERE (status = 'submitted' OR status = 'needs_action' AND waiting_on = 'farmer')
            AND NOT EXISTS (SELECT FROM work WHERE subject_id = claim_id AND kind = 'decide_claim')
    """,
    "no unfinished refund is forgotten": """
        SELECT refund_id AS subject, status AS detail
        FROM refunds
        WHERE status IN ('pending', 'unknown', 'failed')
            AND NOT EXISTS (SELECT FROM work WHERE subject_id = refund_id AND kind = 'refund_buyer')
    """,
    "no granted claim waits for nothing to be attributed": """
        SELECT claim_id AS subject, 'no charges, no work' AS detail
        FROM claims
        WHERE granted > 0
            AND NOT EXISTS (SELECT FROM charges WHERE charges.claim_id = claims.claim_id)
            AND NOT EXISTS (SELECT FROM work WHERE subject_id = claims.claim_id AND kind = 'attribute_claim')
    """,
    "no event is forgotten": """
        SELECT claim_id AS subject, told.type || ' was not told' AS detail
        FROM claims
        CROSS JOIN LATERAL (
            VALUES ('claim.opened', true),
                ('claim.approved', status IN ('approved', 'approved_partial')),
                ('claim.rejected', status = 'rejected'),
                ('claim.cancelled', status = 'cancelled'),
                ('claim.refunded', refund_status = 'succeeded')
        ) AS told (type, happened)
        WHERE happened
            AND opened_at > now() - interval '80 days'
            AND opened_at > (SELECT applied_at FROM migrations WHERE name = '0004_events')
            AND NOT EXISTS (SELECT FROM events WHERE events.claim_id = claims.claim_id AND events.type = told.type)
    """,
    "no event lies ahead of the database's own clock": """
        SELECT event_id AS subject, 'transaction ' || xact || ' is still to come: see docs/operations.md' AS detail
        FROM events
        WHERE xact >= pg_snapshot_xmax(pg_current_snapshot())
    """,
    "no pending delivery is forgotten": """
        SELECT delivery_id AS subject, deliveries.webhook_id || ' has no turn' AS detail
        FROM deliveries
        JOIN webhooks USING (webhook_id)
        JOIN clients USING (client_id)
        WHERE deliveries.status = 'pending' AND webhooks.status <> 'disabled'
            AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
            AND NOT EXISTS (SELECT FROM work WHERE kind = 'deliver_webhook' AND subject_id = deliveries.webhook_id)
    """,
    "coupons that can be redeemed sum to what is owed for them": """
        SELECT currency AS subject, coalesce(valid, 0) || ' against ' || coalesce(owed, 0) AS detail
        FROM (
            SELECT currency, sum(amount) AS valid FROM coupons WHERE status = 'issued' GROUP BY currency
        ) AS issued
        FULL JOIN (
            SELECT currency, sum(amount) AS owed FROM entries WHERE account = 'coupons_due' GROUP BY currency
        ) AS due USING (currency)
        WHERE coalesce(valid, 0) <> coalesce(owed, 0)
    """,
    "redeemed coupons sum to what the order service is owed": """
        SELECT currency AS subject, coalesce(taken, 0) || ' against ' || coalesce(owed, 0) AS detail
        FROM (
            SELECT currency, sum(amount) AS taken FROM coupons WHERE status = 'redeemed' GROUP BY currency
        ) AS redeemed
        FULL JOIN (
            SELECT currency, sum(amount) AS owed FROM entries WHERE account = 'order_service' GROUP BY currency
        ) AS due USING (currency)
        WHERE coalesce(taken, 0) <> coalesce(owed, 0)
    """,
    "no coupon that can be redeemed lasts for ever": """
        SELECT coupon_id AS subject, 'no work' AS detail
        FROM coupons
        WHERE status = 'issued'
            AND NOT EXISTS (SELECT FROM work WHERE subject_id = coupon_id AND kind = 'expire_coupon')
    """,
    "every standing charge of a carrier is recovered in its amount": """
        SELECT charge_id AS subject, charges.amount || ' against ' || coalesce(recoveries.amount, 0) AS detail
        FROM charges
        LEFT JOIN recoveries USING (charge_id)
        WHERE party = 'carrier' AND reversed_at IS NULL AND charges.amount <> coalesce(recoveries.amount, 0)
    """,
    "a carrier owes what its recoveries have outstanding": """
        SELECT 'carrier:' || carrier || ' ' || currency AS subject,
            coalesce(outstanding, 0) || ' against ' || -coalesce(owed, 0) AS detail
        FROM (
            SELECT carrier, currency, sum(amount - recovered - written_off - overpaid) AS outstanding
            FROM recoveries GROUP BY carrier, currency
        ) AS pursued
        FULL JOIN (
            SELECT substr(account, length('carrier:') + 1) AS carrier, currency, sum(amount) AS owed
            FROM entries WHERE account LIKE 'carrier:%' GROUP BY account, currency
        ) AS booked USING (carrier, currency)
        WHERE coalesce(outstanding, 0) <> -coalesce(owed, 0)
    """,
    "no recovery is forgotten until it is filed": """
        SELECT recovery_id AS subject, filing_due_at::text AS detail
        FROM recoveries
        WHERE status = 'due' AND status_detail <> 'filing_overdue' AND filing_due_at IS NOT NULL
            AND NOT EXISTS (SELECT FROM work WHERE subject_id = recovery_id AND kind = 'remind_filing')
    """,
    "no received photo is forgotten": """
        SELECT evidence_id AS subject, status AS detail
        FROM evidence
        WHERE status = 'pending'
            AND NOT EXISTS (SELECT FROM work WHERE subject_id = evidence_id AND kind = 'inspect_evidence')
    """,
    "a push that was acknowledged is read, or will be": """
        SELECT payload_id AS subject, provider AS detail
        FROM payloads
        WHERE status = 'stored'
            AND NOT EXISTS (SELECT FROM work WHERE subject_id = payload_id AND kind = 'read_payload')
    """,
}


def broken_promises(conn: Connection, most: int = 20) -> list[dict[str, Any]]:
    """Return what breaks a promise: the promise, the subject and the figures, at most so many of each."""
    read_whole_tables(conn)
    return [
        {"promise": promise, **row}
        for promise, query in CHECKS.items()
        for row in conn.execute(f"{query} LIMIT {most:d}".encode())
    ]


def unsettled(conn: Connection, claim_ids: list[str]) -> list[dict[str, Any]]:
    """Return those claims that are not decided, or granted and not paid and charged, with the work they wait for."""
    return conn.execute(
        """
        SELECT wanted.claim_id, status, refund_status,
            EXISTS (SELECT FROM charges WHERE charges.claim_id = wanted.claim_id) AS charged,
            ARRAY(
                SELECT kind || ' in ' || extract(epoch FROM due_at - now())::integer || ' s, attempt ' || attempts
                    || coalesce(': ' || last_error, '')
                FROM work
                WHERE subject_id = wanted.claim_id
                    OR subject_id IN (SELECT refund_id FROM refunds WHERE refunds.claim_id = wanted.claim_id)
                ORDER BY work_id
            ) AS waits_for
        FROM unnest(%(ids)s::text[]) AS wanted (claim_id)
        LEFT JOIN claims USING (claim_id)
        WHERE claims.claim_id IS NULL
            OR status = 'submitted'
            OR granted > 0
                AND (
                    refund_status <> 'succeeded'
                    OR NOT EXISTS (SELECT FROM charges WHERE charges.claim_id = claims.claim_id)
                )
        ORDER BY wanted.claim_id
        """,
        {"ids": claim_ids},
    ).fetchall()


def missing_claims(conn: Connection, claim_ids: list[str]) -> list[str]:
    """Return those ids under which no claim is stored."""
    rows = conn.execute(
        """
        SELECT claim_id
        FROM unnest(%(ids)s::text[]) AS wanted (claim_id)
        WHERE NOT EXISTS (SELECT FROM claims WHERE claims.claim_id = wanted.claim_id)
        ORDER BY claim_id
        """,
        {"ids": claim_ids},
    )
    return [row["claim_id"] for row in rows]


def decided_again(conn: Connection, claim_ids: list[str]) -> list[dict[str, Any]]:
    """Return those claims that were given a final decision more than once, and how often."""
    return conn.execute(
        """
        SELECT claim_id, count(*) AS times
        FROM decisions
        WHERE claim_id = ANY(%(ids)s) AND kind = 'decision' AND outcome IN ('approved', 'approved_partial', 'refused')
        GROUP BY claim_id
        HAVING count(*) > 1
        ORDER BY claim_id
        """,
        {"ids": claim_ids},
    ).fetchall()


def seconds_to_decide(conn: Connection, claim_ids: list[str]) -> list[float]:
    """Return how long each of these claims waited for its first decision, in seconds, the quickest first."""
    rows = conn.execute(
        """
        SELECT extract(epoch FROM min(decisions.decided_at) - opened_at)::float AS seconds
        FROM claims
        JOIN decisions USING (claim_id)
        WHERE claim_id = ANY(%(ids)s) AND kind = 'decision'
        GROUP BY claim_id
        ORDER BY seconds, claim_id
        """,
        {"ids": claim_ids},
    )
    return [row["seconds"] for row in rows]


def written(conn: Connection) -> dict[str, int]:
    """Return how much is on the books, to be compared before and after something that must write nothing."""
    read_whole_tables(conn)
    row = conn.execute(
        """
        SELECT
            (SELECT count(*) FROM decisions) AS decisions,
            (SELECT count(*) FROM journals) AS journals,
            (SELECT count(*) FROM entries) AS entries,
            (SELECT count(*) FROM charges) AS charges,
            (SELECT count(*) FROM refunds) AS refunds,
            (SELECT coalesce(sum(version), 0)::bigint FROM claims) AS claim_versions,
            (SELECT count(*) FROM work) AS work
        """
    ).fetchone()
    return dict(row) if row else {}


def paid_refunds(conn: Connection) -> dict[str, int]:
    """Return every transfer that the books call paid, with its amount in minor units."""
    rows = conn.execute(
        """
        SELECT refund_id AS transfer_id, amount FROM refunds WHERE status = 'succeeded'
        UNION ALL
        SELECT payout_id, amount FROM payouts WHERE status = 'succeeded'
        """
    )
    return {row["transfer_id"]: row["amount"] for row in rows}
