-- The whole foundation: orders and tracking in, evidence, claims, decisions, money, work, access.

CREATE FUNCTION rfc3339(at timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

CREATE FUNCTION new_id(prefix text) RETURNS text
    LANGUAGE sql VOLATILE
    RETURN prefix || '_' || replace(uuidv7()::text, '-', '');

-- Access ---------------------------------------------------------------------------------------------------------

CREATE TABLE clients (
    client_id text PRIMARY KEY DEFAULT new_id('cli'),
    name text NOT NULL,
    scopes text[] NOT NULL,
    farmer_id text,
    token_sha256 bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT a_token_hash_is_32_bytes CHECK (octet_length(token_sha256) = 32)
);

CREATE TABLE idempotency_keys (
    client_id text NOT NULL REFERENCES clients,
    key text NOT NULL,
    request_sha256 bytea NOT NULL,
    status_code smallint NOT NULL,
    answer jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Policies: the published texts, so that a replay needs no file ------------------------------------------------------

CREATE TABLE policies (
    policy_id text PRIMARY KEY,
    version text NOT NULL,
    effective_from timestamptz NOT NULL,
    body text NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now()
);

-- Orders and parcels ---------------------------------------------------------------------------------------------

CREATE TABLE orders (
    order_id text PRIMARY KEY,
    version bigint NOT NULL,
    client_id text REFERENCES clients,
    buyer_id text NOT NULL,
    buyer_senior boolean NOT NULL,
    farmer_id text NOT NULL,
    farmer_name text NOT NULL,
    currency char(3) NOT NULL,
    total bigint NOT NULL,
    paid_at timestamptz NOT NULL,
    ship_by timestamptz,
    presale boolean NOT NULL,
    province text NOT NULL,
    payment_channel text NOT NULL,
    transaction_id text NOT NULL,
    status text NOT NULL,
    policy_id text NOT NULL REFERENCES policies,
    snapshot jsonb NOT NULL,
    compensated bigint NOT NULL DEFAULT 0,
    compensated_by text,
    sale_credited bigint NOT NULL DEFAULT 0,
    released_at timestamptz,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT a_total_is_not_negative CHECK (total >= 0),
    CONSTRAINT a_compensation_names_its_claim CHECK ((compensated > 0) = (compensated_by IS NOT NULL))
);
CREATE INDEX orders_by_farmer ON orders (farmer_id, order_id);

CREATE TABLE order_lines (
    order_id text NOT NULL REFERENCES orders,
    line_id text NOT NULL,
    commodity text NOT NULL,
    title text NOT NULL,
    quantity numeric NOT NULL,
    unit text NOT NULL,
    paid bigint NOT NULL,
    freight bigint NOT NULL,
    refunded bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (order_id, line_id),
    CONSTRAINT nobody_gets_back_more_than_was_paid CHECK (refunded BETWEEN 0 AND paid + freight),
    CONSTRAINT a_line_has_a_quantity CHECK (quantity > 0)
);

CREATE TABLE waybills (
    order_id text NOT NULL REFERENCES orders,
    carrier text NOT NULL,
    number text NOT NULL,
    leg smallint NOT NULL CHECK (leg BETWEEN 1 AND 9),
    PRIMARY KEY (order_id, carrier, number)
);
CREATE INDEX waybills_by_number ON waybills (carrier, number);

CREATE TABLE tracking_events (
    event_id text PRIMARY KEY,
    carrier text NOT NULL,
    number text NOT NULL,
    event_time timestamptz NOT NULL,
    zone_source text NOT NULL CHECK (zone_source IN ('given', 'assumed')),
    step text NOT NULL,
    cause text,
    place text,
    celsius double precision,
    provider text NOT NULL,
    raw_code text,
    raw_text text,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tracking_events_by_parcel ON tracking_events (carrier, number, event_time);

-- Evidence -------------------------------------------------------------------------------------------------------

CREATE TABLE evidence (
    evidence_id text PRIMARY KEY,
    client_id text NOT NULL REFERENCES clients,
    sha256 text NOT NULL,
    media_type text NOT NULL,
    kind text NOT NULL,
    size_bytes bigint NOT NULL,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'readable', 'unreadable')),
    refusal text,
    width integer,
    height integer,
    inspection jsonb,
    shown_sha256 text,
    received_at timestamptz NOT NULL DEFAULT now(),
    inspected_at timestamptz
);
CREATE INDEX evidence_by_content ON evidence (sha256);

-- Claims ---------------------------------------------------------------------------------------------------------

CREATE SEQUENCE claim_numbers;

CREATE TABLE claims (
    claim_id text PRIMARY KEY,
    number text NOT NULL UNIQUE DEFAULT to_char(now() AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD')
        || lpad(nextval('claim_numbers')::text, 8, '0'),
    version bigint NOT NULL DEFAULT 1,
    client_id text REFERENCES clients,
    opened_by text NOT NULL CHECK (opened_by IN ('buyer', 'system')),
    order_id text NOT NULL REFERENCES orders,
    line_id text,
    buyer_id text NOT NULL,
    farmer_id text NOT NULL,
    cause text NOT NULL,
    affected jsonb NOT NULL,
    asked_bp integer NOT NULL CHECK (asked_bp BETWEEN 1 AND 10000),
    requested_resolution text NOT NULL,
    note text NOT NULL DEFAULT '',
    currency char(3) NOT NULL,
    requested_amount bigint NOT NULL,
    policy_id text NOT NULL REFERENCES policies,
    status text NOT NULL DEFAULT 'submitted',
    status_detail text NOT NULL DEFAULT 'received',
    stage text NOT NULL DEFAULT 'claim',
    waiting_on text NOT NULL DEFAULT 'none',
    refund_status text NOT NULL DEFAULT 'none',
    resolution text,
    guarantee text,
    granted bigint NOT NULL DEFAULT 0 CHECK (granted >= 0),
    ruling jsonb,
    opened_at timestamptz NOT NULL DEFAULT now(),
    decided_at timestamptz,
    refunded_at timestamptz,
    asked_buyer_at timestamptz,
    asked_farmer_at timestamptz,
    response_due_at timestamptz,
    review_due_at timestamptz,
    answer text CHECK (answer IN ('agree', 'contest')),
    answer_note text NOT NULL DEFAULT '',
    escalated_at timestamptz,
    appealed_by text[] NOT NULL DEFAULT '{}',
    FOREIGN KEY (order_id, line_id) REFERENCES order_lines
);
CREATE UNIQUE INDEX one_live_claim_per_line_and_cause
    ON claims (order_id, line_id, cause, (requested_resolution = 'compensation')) NULLS NOT DISTINCT
    WHERE status NOT IN ('rejected', 'cancelled');
CREATE INDEX claims_by_buyer ON claims (buyer_id, opened_at);
CREATE INDEX claims_by_farmer ON claims (farmer_id, claim_id);
CREATE INDEX claims_by_order ON claims (order_id, claim_id);
CREATE INDEX claims_waiting ON claims (waiting_on, claim_id) WHERE waiting_on <> 'none';

CREATE TABLE claim_evidence (
    claim_id text NOT NULL REFERENCES claims,
    evidence_id text NOT NULL REFERENCES evidence,
    PRIMARY KEY (claim_id, evidence_id)
);
CREATE INDEX claim_evidence_by_evidence ON claim_evidence (evidence_id);

CREATE TABLE claim_transitions (
    from_status text NOT NULL,
    to_status text NOT NULL,
    PRIMARY KEY (from_status, to_status)
);
INSERT INTO claim_transitions (from_status, to_status) VALUES
    ('submitted', 'in_review'),
    ('submitted', 'needs_action'),
    ('submitted', 'approved'),
    ('submitted', 'approved_partial'),
    ('submitted', 'rejected'),
    ('submitted', 'cancelled'),
    ('needs_action', 'submitted'),
    ('needs_action', 'in_review'),
    ('needs_action', 'approved'),
    ('needs_action', 'approved_partial'),
    ('needs_action', 'rejected'),
    ('needs_action', 'cancelled'),
    ('in_review', 'needs_action'),
    ('in_review', 'approved'),
    ('in_review', 'approved_partial'),
    ('in_review', 'rejected'),
    ('in_review', 'cancelled'),
    ('approved', 'in_review'),
    ('approved_partial', 'in_review'),
    ('approved_partial', 'approved'),
    ('rejected', 'in_review');

CREATE FUNCTION refuse_unknown_claim_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM claim_transitions WHERE from_status = OLD.status AND to_status = NEW.status
    ) THEN
        RAISE EXCEPTION 'claim % cannot go from % to %', OLD.claim_id, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'claim_transitions';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER claims_move_as_allowed BEFORE UPDATE OF status ON claims
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION refuse_unknown_claim_transition();

-- What claims were granted of which line; order_lines.refunded is its sum.
CREATE TABLE grants (
    claim_id text NOT NULL REFERENCES claims,
    order_id text NOT NULL,
    line_id text NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (claim_id, line_id),
    FOREIGN KEY (order_id, line_id) REFERENCES order_lines
);

-- Decisions and attributions: facts and result as the very text that a replay compares.
CREATE TABLE decisions (
    decision_id text PRIMARY KEY DEFAULT new_id('dec'),
    claim_id text NOT NULL REFERENCES claims,
    kind text NOT NULL CHECK (kind IN ('decision', 'attribution')),
    outcome text NOT NULL,
    amount bigint NOT NULL,
    policy_id text NOT NULL REFERENCES policies,
    facts text NOT NULL,
    result text NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX decisions_by_claim ON decisions (claim_id, decision_id);

-- Money ----------------------------------------------------------------------------------------------------------

CREATE TABLE accounts (
    account text NOT NULL,
    currency char(3) NOT NULL,
    rolled_up_to bigint NOT NULL DEFAULT 0,
    rolled_up bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account, currency)
);

CREATE TABLE journals (
    journal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL UNIQUE,
    kind text NOT NULL,
    order_id text,
    claim_id text,
    posted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX journals_by_order ON journals (order_id, journal_id);

CREATE TABLE entries (
    entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    journal_id bigint NOT NULL REFERENCES journals,
    account text NOT NULL,
    currency char(3) NOT NULL,
    amount bigint NOT NULL CONSTRAINT an_entry_moves_something CHECK (amount <> 0),
    FOREIGN KEY (account, currency) REFERENCES accounts
);
COMMENT ON COLUMN entries.amount IS 'minor units; above zero the account is owed more, below zero less';
CREATE INDEX entries_by_journal ON entries (journal_id);
CREATE INDEX entries_by_account ON entries (account, currency, entry_id) INCLUDE (amount);

CREATE FUNCTION refuse_unbalanced_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM entries WHERE journal_id = NEW.journal_id GROUP BY currency HAVING sum(amount) <> 0
    ) OR NOT EXISTS (SELECT FROM entries WHERE journal_id = NEW.journal_id) THEN
        RAISE EXCEPTION 'journal % does not balance', NEW.journal_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'every_journal_balances';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER every_journal_balances AFTER INSERT ON entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced_journal();
CREATE CONSTRAINT TRIGGER every_journal_has_entries AFTER INSERT ON journals
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced_journal();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: correct it with a reversing journal', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'append_only';
END $$;
CREATE TRIGGER journals_are_append_only BEFORE UPDATE OR DELETE ON journals
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journals_are_never_emptied BEFORE TRUNCATE ON journals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_are_append_only BEFORE UPDATE OR DELETE ON entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_are_never_emptied BEFORE TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decisions_are_append_only BEFORE UPDATE OR DELETE ON decisions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decisions_are_never_emptied BEFORE TRUNCATE ON decisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE refunds (
    refund_id text PRIMARY KEY DEFAULT new_id('rfd'),
    claim_id text NOT NULL REFERENCES claims,
    order_id text NOT NULL REFERENCES orders,
    purpose text NOT NULL CHECK (purpose IN ('refund', 'compensation')),
    amount bigint NOT NULL CHECK (amount > 0),
    currency char(3) NOT NULL,
    payee text NOT NULL,
    transaction_id text,
    channel text NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    reference text,
    because text NOT NULL DEFAULT '',
    requested_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE INDEX refunds_by_claim ON refunds (claim_id, refund_id);

CREATE TABLE refund_transitions (
    from_status text NOT NULL,
    to_status text NOT NULL,
    PRIMARY KEY (from_status, to_status)
);
INSERT INTO refund_transitions (from_status, to_status) VALUES
    ('pending', 'unknown'),
    ('pending', 'succeeded'),
    ('pending', 'failed'),
    ('unknown', 'pending'),
    ('unknown', 'succeeded'),
    ('unknown', 'failed'),
    ('failed', 'unknown'),
    ('failed', 'succeeded');

CREATE FUNCTION refuse_unknown_refund_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM refund_transitions WHERE from_status = OLD.status AND to_status = NEW.status
    ) THEN
        RAISE EXCEPTION 'refund % cannot go from % to %', OLD.refund_id, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_transitions';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refunds_move_as_allowed BEFORE UPDATE OF status ON refunds
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION refuse_unknown_refund_transition();

CREATE TABLE charges (
    charge_id text PRIMARY KEY DEFAULT new_id('chg'),
    claim_id text NOT NULL REFERENCES claims,
    order_id text NOT NULL REFERENCES orders,
    decision_id text NOT NULL REFERENCES decisions,
    party text NOT NULL CHECK (party IN ('farmer', 'carrier', 'platform', 'buyer')),
    party_id text NOT NULL,
    share_bp integer NOT NULL CHECK (share_bp BETWEEN 0 AND 10000),
    amount bigint NOT NULL CHECK (amount >= 0),
    currency char(3) NOT NULL,
    because text NOT NULL,
    posted_at timestamptz NOT NULL DEFAULT now(),
    reversed_at timestamptz
);
CREATE INDEX charges_by_party ON charges (party, party_id, charge_id);
CREATE UNIQUE INDEX one_standing_charge_per_claim_and_party
    ON charges (claim_id, party, party_id) WHERE reversed_at IS NULL;

CREATE TABLE payouts (
    payout_id text PRIMARY KEY DEFAULT new_id('pay'),
    farmer_id text NOT NULL,
    currency char(3) NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    channel text NOT NULL,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'unknown', 'succeeded', 'failed')),
    reference text,
    because text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE INDEX payouts_by_farmer ON payouts (farmer_id, payout_id);

-- Which entries of the farmer's available account a payout pays: each once, and together its amount.
CREATE TABLE payout_lines (
    payout_id text NOT NULL REFERENCES payouts,
    entry_id bigint NOT NULL UNIQUE REFERENCES entries,
    PRIMARY KEY (payout_id, entry_id)
);

-- Work -----------------------------------------------------------------------------------------------------------

CREATE TABLE work (
    work_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    subject_id text NOT NULL,
    request_id text,
    due_at timestamptz NOT NULL DEFAULT now(),
    attempts smallint NOT NULL DEFAULT 0,
    lease_id uuid,
    parked_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now()
) WITH (
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_delay = 0
);
COMMENT ON COLUMN work.due_at IS 'when the step is due; while leased, when the lease ends';
CREATE INDEX work_due ON work (kind, due_at) WHERE parked_at IS NULL;
CREATE INDEX work_by_subject ON work (subject_id, kind);
CREATE INDEX work_parked ON work (parked_at) WHERE parked_at IS NOT NULL;

CREATE TABLE heartbeats (
    process text PRIMARY KEY,
    beaten_at timestamptz NOT NULL DEFAULT now()
);

-- Grants: the service works as a role that can neither rewrite the ledger nor change the schema ---------------------

DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'makegood_service') THEN
        CREATE ROLE makegood_service NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
    EXECUTE format('GRANT makegood_service TO %I', current_user);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO makegood_service', current_schema());
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON
    clients, idempotency_keys, policies, orders, order_lines, waybills, tracking_events, evidence, claims, claim_evidence,
    grants, refunds, charges, payouts, payout_lines, work, heartbeats, accounts
    TO makegood_service;
GRANT SELECT, INSERT ON journals, entries, decisions TO makegood_service;
GRANT SELECT ON claim_transitions, refund_transitions TO makegood_service;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO makegood_service;
