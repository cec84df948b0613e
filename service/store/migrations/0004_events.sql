-- Events out: what happened, told in the transaction in which it happened; who wants to hear of it, and what was sent.

-- Events ---------------------------------------------------------------------------------------------------------

CREATE TABLE events (
    xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
    event_id text NOT NULL DEFAULT new_id('evt'),
    type text NOT NULL,
    owner text,
    farmer_id text,
    buyer_id text,
    order_id text,
    claim_id text,
    data jsonb NOT NULL,
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (xact, event_id)
);
COMMENT ON COLUMN events.xact IS 'orders the feed: events of transactions before the oldest one under way are complete';
COMMENT ON COLUMN events.owner IS 'the client of the claim; null without one';
CREATE INDEX events_by_owner ON events (owner, xact, event_id) WHERE owner IS NOT NULL;
CREATE INDEX events_by_farmer ON events (farmer_id, xact, event_id) WHERE farmer_id IS NOT NULL;

CREATE FUNCTION money(amount bigint, currency text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN jsonb_build_object('amount', amount, 'currency', currency);

CREATE FUNCTION claim_told(claim claims) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN jsonb_build_object(
        'claim_id', claim.claim_id,
        'number', claim.number,
        'version', claim.version,
        'opened_by', claim.opened_by,
        'order_id', claim.order_id,
        'line_id', claim.line_id,
        'buyer_id', claim.buyer_id,
        'farmer_id', claim.farmer_id,
        'cause', claim.cause,
        'requested_resolution', claim.requested_resolution,
        'guarantee', claim.guarantee,
        'status', claim.status,
        'status_detail', claim.status_detail,
        'stage', claim.stage,
        'waiting_on', claim.waiting_on,
        'response_due_at', rfc3339(claim.response_due_at),
        'resolution', claim.resolution,
        'refund_status', claim.refund_status,
        'requested_amount', money(claim.requested_amount, claim.currency),
        'approved_amount', CASE WHEN claim.decided_at IS NOT NULL THEN money(claim.granted, claim.currency) END
    );

-- Triggers and not the statements of the store: whatever changes a claim, nobody can forget to tell it. A whole
-- statement is told at once, so that a batch of decisions costs one insert more.

CREATE FUNCTION tell_opened_claims() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (type, owner, farmer_id, buyer_id, order_id, claim_id, data)
    SELECT 'claim.opened', client_id, farmer_id, buyer_id, order_id, claim_id, claim_told(now_is)
    FROM now_is
    ORDER BY claim_id;
    RETURN NULL;
END $$;
CREATE TRIGGER opened_claims_are_told AFTER INSERT ON claims
    REFERENCING NEW TABLE AS now_is FOR EACH STATEMENT EXECUTE FUNCTION tell_opened_claims();

CREATE FUNCTION tell_changed_claims() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (type, owner, farmer_id, buyer_id, order_id, claim_id, data)
    SELECT told.type, now_is.client_id, now_is.farmer_id, now_is.buyer_id, now_is.order_id,
        now_is.claim_id, claim_told(now_is)
    FROM now_is
    JOIN was USING (claim_id)
    CROSS JOIN LATERAL (
        SELECT CASE now_is.status
                WHEN 'needs_action' THEN 'claim.needs_action'
                WHEN 'in_review' THEN 'claim.in_review'
                WHEN 'approved' THEN 'claim.approved'
                WHEN 'approved_partial' THEN 'claim.approved'
                WHEN 'rejected' THEN 'claim.rejected'
                WHEN 'cancelled' THEN 'claim.cancelled'
            END AS type
        WHERE (now_is.status, now_is.stage, now_is.waiting_on, now_is.granted)
            <> (was.status, was.stage, was.waiting_on, was.granted)
        UNION ALL
        SELECT 'claim.refunded'
        WHERE now_is.refund_status = 'succeeded' AND was.refund_status <> 'succeeded'
    ) AS told
    WHERE told.type IS NOT NULL
    ORDER BY now_is.claim_id, told.type;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_claims_are_told AFTER UPDATE ON claims
    REFERENCING OLD TABLE AS was NEW TABLE AS now_is FOR EACH STATEMENT EXECUTE FUNCTION tell_changed_claims();

CREATE FUNCTION tell_failed_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (type, owner, farmer_id, buyer_id, order_id, claim_id, data)
    SELECT 'refund.failed', client_id, farmer_id, buyer_id, now_is.order_id, claim_id,
        jsonb_build_object(
            'refund_id', refund_id,
            'claim_id', claim_id,
            'order_id', now_is.order_id,
            'buyer_id', buyer_id,
            'farmer_id', farmer_id,
            'purpose', purpose,
            'amount', money(now_is.amount, now_is.currency),
            'because', now_is.because
        )
    FROM now_is
    JOIN was USING (refund_id, claim_id, purpose)
    JOIN claims USING (claim_id)
    WHERE now_is.status = 'failed' AND was.status <> 'failed'
    ORDER BY refund_id;
    RETURN NULL;
END $$;
CREATE TRIGGER failed_refunds_are_told AFTER UPDATE ON refunds
    REFERENCING OLD TABLE AS was NEW TABLE AS now_is FOR EACH STATEMENT EXECUTE FUNCTION tell_failed_refunds();

CREATE FUNCTION charge_told(charge charges) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    RETURN jsonb_build_object(
        'charge_id', charge.charge_id,
        'claim_id', charge.claim_id,
        'order_id', charge.order_id,
        'decision_id', charge.decision_id,
        'party', charge.party,
        'party_id', charge.party_id,
        'share_bp', charge.share_bp,
        'amount', money(charge.amount, charge.currency),
        'because', charge.because
    );

CREATE FUNCTION tell_posted_charges() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (type, owner, farmer_id, buyer_id, order_id, claim_id, data)
    SELECT 'charge.posted', client_id, farmer_id, buyer_id, now_is.order_id, claim_id,
        charge_told(now_is)
    FROM now_is
    JOIN claims USING (claim_id)
    ORDER BY charge_id;
    RETURN NULL;
END $$;
CREATE TRIGGER posted_charges_are_told AFTER INSERT ON charges
    REFERENCING NEW TABLE AS now_is FOR EACH STATEMENT EXECUTE FUNCTION tell_posted_charges();

CREATE FUNCTION tell_reversed_charges() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (type, owner, farmer_id, buyer_id, order_id, claim_id, data)
    SELECT 'charge.reversed', client_id, farmer_id, buyer_id, now_is.order_id, now_is.claim_id,
        charge_told(now_is)
    FROM now_is
    JOIN was USING (charge_id)
    JOIN claims ON claims.claim_id = now_is.claim_id
    WHERE now_is.reversed_at IS NOT NULL AND was.reversed_at IS NULL
    ORDER BY charge_id;
    RETURN NULL;
END $$;
CREATE TRIGGER reversed_charges_are_told AFTER UPDATE ON charges
    REFERENCING OLD TABLE AS was NEW TABLE AS now_is FOR EACH STATEMENT EXECUTE FUNCTION tell_reversed_charges();

CREATE FUNCTION payout_told(payout payouts) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    RETURN jsonb_build_object(
        'payout_id', payout.payout_id,
        'farmer_id', payout.farmer_id,
        'amount', money(payout.amount, payout.currency),
        'status', payout.status,
        'reference', payout.reference,
        'because', payout.because
    );

CREATE FUNCTION tell_created_payouts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (type, farmer_id, data)
    SELECT 'payout.created', farmer_id, payout_told(now_is)
    FROM now_is
    ORDER BY payout_id;
    RETURN NULL;
END $$;
CREATE TRIGGER created_payouts_are_told AFTER INSERT ON payouts
    REFERENCING NEW TABLE AS now_is FOR EACH STATEMENT EXECUTE FUNCTION tell_created_payouts();

CREATE FUNCTION tell_finished_payouts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (type, farmer_id, data)
    SELECT CASE now_is.status WHEN 'succeeded' THEN 'payout.paid' ELSE 'payout.failed' END, now_is.farmer_id,
        payout_told(now_is)
    FROM now_is
    JOIN was USING (payout_id)
    WHERE now_is.status IN ('succeeded', 'failed') AND now_is.status <> was.status
    ORDER BY payout_id;
    RETURN NULL;
END $$;
CREATE TRIGGER finished_payouts_are_told AFTER UPDATE ON payouts
    REFERENCING OLD TABLE AS was NEW TABLE AS now_is FOR EACH STATEMENT EXECUTE FUNCTION tell_finished_payouts();

-- Webhooks -------------------------------------------------------------------------------------------------------

CREATE TABLE webhooks (
    webhook_id text PRIMARY KEY DEFAULT new_id('whk'),
    client_id text NOT NULL REFERENCES clients,
    url text NOT NULL,
    event_types text[] NOT NULL,
    description text NOT NULL,
    secret text NOT NULL,
    earlier_secret text,
    earlier_secret_ends_at timestamptz,
    status text NOT NULL DEFAULT 'enabled'
        CONSTRAINT a_webhook_has_a_known_status CHECK (status IN ('enabled', 'failing', 'disabled')),
    because text NOT NULL DEFAULT '',
    after_xact xid8 NOT NULL DEFAULT pg_snapshot_xmin(pg_current_snapshot()),
    after_id text NOT NULL DEFAULT '',
    failures integer NOT NULL DEFAULT 0,
    paused_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT an_earlier_secret_has_an_end CHECK ((earlier_secret IS NULL) = (earlier_secret_ends_at IS NULL))
);
COMMENT ON COLUMN webhooks.after_xact IS 'with after_id: its place in the feed; what comes after is not yet laid out';
CREATE INDEX webhooks_by_client ON webhooks (client_id, webhook_id);

CREATE TABLE deliveries (
    delivery_id text PRIMARY KEY DEFAULT new_id('dlv'),
    webhook_id text NOT NULL REFERENCES webhooks,
    xact xid8 NOT NULL,
    event_id text NOT NULL,
    status text NOT NULL DEFAULT 'pending'
        CONSTRAINT a_delivery_has_a_known_status CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    attempted_at timestamptz,
    status_code integer,
    error text NOT NULL DEFAULT '',
    duration_ms integer,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT an_event_is_delivered_to_a_webhook_once UNIQUE (xact, event_id, webhook_id),
    FOREIGN KEY (xact, event_id) REFERENCES events ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, delivery_id);
CREATE INDEX deliveries_due ON deliveries (webhook_id, next_attempt_at, delivery_id) WHERE status = 'pending';

CREATE UNIQUE INDEX one_turn_per_webhook ON work (subject_id) WHERE kind = 'deliver_webhook';

-- An event is never rewritten; only time takes it away.
GRANT SELECT, INSERT, DELETE ON events TO makegood_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks, deliveries TO makegood_service;
