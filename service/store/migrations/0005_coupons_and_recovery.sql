-- Coupons for buyers, and what is recovered from carriers.

-- The allowed pairs of a noun stand in its table: coupon_transitions, recovery_transitions.
CREATE FUNCTION refuse_unknown_transition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    noun text := TG_ARGV[0];
    allowed boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE from_status = $1 AND to_status = $2)', noun || '_transitions')
        INTO allowed USING OLD.status, NEW.status;
    IF NOT allowed THEN
        RAISE EXCEPTION '% % cannot go from % to %', noun, to_jsonb(OLD) ->> (noun || '_id'), OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = noun || '_transitions';
    END IF;
    RETURN NEW;
END $$;

-- Coupons: a compensation that is not cash; issued with its decision or by hand, redeemed whole in one order --------

CREATE TABLE coupons (
    coupon_id text PRIMARY KEY DEFAULT new_id('cpn'),
    claim_id text REFERENCES claims,
    order_id text REFERENCES orders,
    buyer_id text NOT NULL,
    amount bigint NOT NULL CONSTRAINT a_coupon_is_worth_something CHECK (amount > 0),
    currency char(3) NOT NULL,
    because text NOT NULL,
    status text NOT NULL DEFAULT 'issued',
    issued_at timestamptz NOT NULL DEFAULT now(),
    valid_until timestamptz NOT NULL,
    redeemed_by text,
    redeemed_at timestamptz,
    times_redeemed integer NOT NULL DEFAULT 0,
    expired_at timestamptz,
    CONSTRAINT a_coupon_is_valid_for_some_time CHECK (valid_until > issued_at),
    CONSTRAINT a_redeemed_coupon_names_its_order CHECK (
        (status = 'redeemed') = (redeemed_by IS NOT NULL) AND (status = 'redeemed') = (redeemed_at IS NOT NULL)
    ),
    CONSTRAINT an_expired_coupon_says_when CHECK ((status = 'expired') = (expired_at IS NOT NULL))
);
CREATE INDEX coupons_by_buyer ON coupons (buyer_id, coupon_id);
CREATE INDEX coupons_by_claim ON coupons (claim_id, coupon_id);

CREATE TABLE coupon_transitions (
    from_status text NOT NULL,
    to_status text NOT NULL,
    PRIMARY KEY (from_status, to_status)
);
INSERT INTO coupon_transitions (from_status, to_status) VALUES
    ('issued', 'redeemed'),
    ('issued', 'expired'),
    ('redeemed', 'issued');

CREATE TRIGGER coupons_move_as_allowed BEFORE UPDATE OF status ON coupons
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION refuse_unknown_transition('coupon');

-- Recoveries: what a carrier owes for a claim, from its charge to the money or its end -------------------------------

CREATE TABLE recoveries (
    recovery_id text PRIMARY KEY DEFAULT new_id('rcv'),
    charge_id text NOT NULL UNIQUE REFERENCES charges,
    claim_id text NOT NULL REFERENCES claims,
    order_id text NOT NULL REFERENCES orders,
    carrier text NOT NULL,
    currency char(3) NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    status text NOT NULL DEFAULT 'due',
    status_detail text NOT NULL DEFAULT 'charged',
    amount bigint NOT NULL,
    recovered bigint NOT NULL DEFAULT 0,
    written_off bigint NOT NULL DEFAULT 0,
    overpaid bigint NOT NULL DEFAULT 0,
    reference text,
    because text NOT NULL DEFAULT '',
    opened_at timestamptz NOT NULL DEFAULT now(),
    filing_due_at timestamptz,
    filed_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT recovered_figures_are_not_negative CHECK (
        amount >= 0 AND recovered >= 0 AND written_off >= 0 AND overpaid >= 0
    ),
    CONSTRAINT nobody_recovers_more_than_was_charged CHECK (recovered + written_off <= amount),
    CONSTRAINT only_a_full_recovery_is_overpaid CHECK (overpaid = 0 OR recovered = amount),
    CONSTRAINT an_ended_recovery_says_when CHECK (
        (status IN ('recovered', 'written_off', 'cancelled')) = (ended_at IS NOT NULL)
    ),
    CONSTRAINT a_filed_recovery_says_when CHECK (status <> 'filed' OR filed_at IS NOT NULL)
);
CREATE UNIQUE INDEX one_recovery_per_claim_and_carrier ON recoveries (claim_id, carrier);
CREATE INDEX recoveries_by_carrier ON recoveries (carrier, recovery_id);
CREATE INDEX recoveries_to_file ON recoveries (filing_due_at) WHERE status = 'due';

CREATE TABLE recovery_transitions (
    from_status text NOT NULL,
    to_status text NOT NULL,
    PRIMARY KEY (from_status, to_status)
);
-- The lines from and to `cancelled`, and those that open an ended one again, follow a charge that changed.
INSERT INTO recovery_transitions (from_status, to_status) VALUES
    ('due', 'filed'),
    ('due', 'partly_recovered'),
    ('due', 'recovered'),
    ('due', 'written_off'),
    ('due', 'cancelled'),
    ('filed', 'partly_recovered'),
    ('filed', 'recovered'),
    ('filed', 'refused'),
    ('filed', 'written_off'),
    ('filed', 'cancelled'),
    ('partly_recovered', 'recovered'),
    ('partly_recovered', 'refused'),
    ('partly_recovered', 'written_off'),
    ('partly_recovered', 'cancelled'),
    ('refused', 'filed'),
    ('refused', 'partly_recovered'),
    ('refused', 'recovered'),
    ('refused', 'written_off'),
    ('refused', 'cancelled'),
    ('recovered', 'partly_recovered'),
    ('recovered', 'cancelled'),
    ('written_off', 'due'),
    ('written_off', 'partly_recovered'),
    ('written_off', 'recovered'),
    ('written_off', 'cancelled'),
    ('cancelled', 'due'),
    ('cancelled', 'partly_recovered'),
    ('cancelled', 'recovered');

CREATE TRIGGER recoveries_move_as_allowed BEFORE UPDATE OF status ON recoveries
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION refuse_unknown_transition('recovery');

-- Carrier charges from before this migration get their recovery without a deadline: nobody knew it then.
INSERT INTO recoveries (charge_id, claim_id, order_id, carrier, currency, amount)
SELECT charge_id, claim_id, order_id, party_id, currency, amount
FROM charges
WHERE party = 'carrier' AND reversed_at IS NULL AND amount > 0;

GRANT SELECT, INSERT, UPDATE ON coupons, recoveries TO makegood_service;
GRANT SELECT ON coupon_transitions, recovery_transitions TO makegood_service;
