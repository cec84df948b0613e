-- Coupons and recoveries are told like claims: a whole statement at once, by whatever changes them.

CREATE FUNCTION coupon_told(coupon coupons) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN jsonb_build_object(
        'coupon_id', coupon.coupon_id,
        'claim_id', coupon.claim_id,
        'order_id', coupon.order_id,
        'buyer_id', coupon.buyer_id,
        'amount', money(coupon.amount, coupon.currency),
        'status', coupon.status,
        'valid_until', rfc3339(coupon.valid_until),
        'redeemed_by', coupon.redeemed_by,
        'because', coupon.because
    );

CREATE FUNCTION tell_issued_coupons() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (type, owner, buyer_id, order_id, claim_id, data)
    SELECT 'coupon.issued', claims.client_id, now_is.buyer_id, now_is.order_id, now_is.claim_id, coupon_told(now_is)
    FROM now_is
    LEFT JOIN claims ON claims.claim_id = now_is.claim_id
    ORDER BY coupon_id;
    RETURN NULL;
END $$;
CREATE TRIGGER issued_coupons_are_told AFTER INSERT ON coupons
    REFERENCING NEW TABLE AS now_is FOR EACH STATEMENT EXECUTE FUNCTION tell_issued_coupons();

CREATE FUNCTION tell_changed_coupons() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (type, owner, buyer_id, order_id, claim_id, data)
    SELECT CASE now_is.status
            WHEN 'redeemed' THEN 'coupon.redeemed'
            WHEN 'expired' THEN 'coupon.expired'
            ELSE 'coupon.restored'
        END, claims.client_id, now_is.buyer_id, now_is.order_id, now_is.claim_id, coupon_told(now_is)
    FROM now_is
    JOIN was USING (coupon_id)
    LEFT JOIN claims ON claims.claim_id = now_is.claim_id
    WHERE now_is.status <> was.status
    ORDER BY coupon_id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_coupons_are_told AFTER UPDATE ON coupons
    REFERENCING OLD TABLE AS was NEW TABLE AS now_is FOR EACH STATEMENT EXECUTE FUNCTION tell_changed_coupons();

CREATE FUNCTION recovery_told(recovery recoveries) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN jsonb_build_object(
        'recovery_id', recovery.recovery_id,
        'charge_id', recovery.charge_id,
        'claim_id', recovery.claim_id,
        'order_id', recovery.order_id,
        'carrier', recovery.carrier,
        'version', recovery.version,
        'status', recovery.status,
        'status_detail', recovery.status_detail,
        'amount', money(recovery.amount, recovery.currency),
        'recovered', money(recovery.recovered, recovery.currency),
        'written_off', money(recovery.written_off, recovery.currency),
        'filing_due_at', rfc3339(recovery.filing_due_at)
    );

CREATE FUNCTION tell_opened_recoveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (type, order_id, claim_id, data)
    SELECT 'recovery.opened', order_id, claim_id, recovery_told(now_is)
    FROM now_is
    ORDER BY recovery_id;
    RETURN NULL;
END $$;
CREATE TRIGGER opened_recoveries_are_told AFTER INSERT ON recoveries
    REFERENCING NEW TABLE AS now_is FOR EACH STATEMENT EXECUTE FUNCTION tell_opened_recoveries();

CREATE FUNCTION tell_changed_recoveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (type, order_id, claim_id, data)
    SELECT 'recovery.changed', now_is.order_id, now_is.claim_id, recovery_told(now_is)
    FROM now_is
    JOIN was USING (recovery_id)
    WHERE (now_is.status, now_is.status_detail, now_is.amount, now_is.recovered, now_is.written_off)
        <> (was.status, was.status_detail, was.amount, was.recovered, was.written_off)
    ORDER BY recovery_id;
    RETURN NULL;
END $$;
CREATE TRIGGER changed_recoveries_are_told AFTER UPDATE ON recoveries
    REFERENCING OLD TABLE AS was NEW TABLE AS now_is FOR EACH STATEMENT EXECUTE FUNCTION tell_changed_recoveries();
