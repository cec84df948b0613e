-- A refund whose id the bank refused for good can be replaced by one with a new id, once: the grant is paid by the last
-- of the row, and its journal stays under the first. No other table is locked here, and nothing is read: processes at
-- work lock a claim and its refunds, and would wait for this while it waits for them.
ALTER TABLE refunds
    ADD COLUMN refused_at timestamptz,
    ADD COLUMN replaces text REFERENCES refunds,
    ADD CONSTRAINT only_what_the_bank_refused_is_replaced CHECK (status <> 'replaced' OR refused_at IS NOT NULL)
        NOT VALID;
COMMENT ON COLUMN refunds.refused_at IS 'when the bank itself refused this id, which it keeps to for ever';

INSERT INTO refund_transitions (from_status, to_status) VALUES ('failed', 'replaced');

CREATE OR REPLACE FUNCTION tell_failed_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (type, owner, farmer_id, buyer_id, order_id, claim_id, data)
    SELECT CASE now_is.status WHEN 'failed' THEN 'refund.failed' ELSE 'refund.replaced' END,
        client_id, farmer_id, buyer_id, now_is.order_id, claim_id,
        jsonb_build_object(
            'refund_id', refund_id,
            'claim_id', claim_id,
            'order_id', now_is.order_id,
            'buyer_id', buyer_id,
            'farmer_id', farmer_id,
            'purpose', purpose,
            'amount', money(now_is.amount, now_is.currency),
            'because', now_is.because,
            'replaced_by', (SELECT next.refund_id FROM refunds AS next WHERE next.replaces = now_is.refund_id)
        )
    FROM now_is
    JOIN was USING (refund_id, claim_id, purpose)
    JOIN claims USING (claim_id)
    WHERE now_is.status IN ('failed', 'replaced') AND now_is.status <> was.status
    ORDER BY refund_id;
    RETURN NULL;
END $$;
