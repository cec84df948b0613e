-- A share of nothing is no news: it stands so that the claim's shares are whole, and nobody is told of it.

CREATE OR REPLACE FUNCTION tell_posted_charges() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (type, owner, farmer_id, buyer_id, order_id, claim_id, data)
    SELECT 'charge.posted', client_id, farmer_id, buyer_id, now_is.order_id, claim_id,
        charge_told(now_is)
    FROM now_is
    JOIN claims USING (claim_id)
    WHERE now_is.amount > 0
    ORDER BY charge_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION tell_reversed_charges() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO events (type, owner, farmer_id, buyer_id, order_id, claim_id, data)
    SELECT 'charge.reversed', client_id, farmer_id, buyer_id, now_is.order_id, now_is.claim_id,
        charge_told(now_is)
    FROM now_is
    JOIN was USING (charge_id)
    JOIN claims ON claims.claim_id = now_is.claim_id
    WHERE now_is.reversed_at IS NOT NULL AND was.reversed_at IS NULL AND now_is.amount > 0
    ORDER BY charge_id;
    RETURN NULL;
END $$;
