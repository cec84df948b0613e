-- A claim on each of the orders :first to :last, as the intake leaves it; :with_work says whether its first step is due.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL synchronous_commit = off;

CREATE TEMPORARY TABLE asked ON COMMIT DROP AS
SELECT orders.order_id, orders.buyer_id, orders.farmer_id, orders.policy_id, orders.total,
    new_id('clm') AS claim_id
FROM generate_series(:first::bigint, :last) AS n
JOIN orders ON orders.order_id = 'bench-' || lpad(n::text, 9, '0');

INSERT INTO claims (
    claim_id, client_id, opened_by, order_id, line_id, buyer_id, farmer_id, cause, affected, asked_bp,
    requested_resolution, note, currency, requested_amount, policy_id
)
SELECT claim_id, :'app_client', 'buyer', order_id, '1', buyer_id, farmer_id, 'rotten', '{"share_bp": 3000}', 3000,
    'refund_only', '一半以上都烂了', 'CNY', div(total * 3000 + 5000, 10000), policy_id
FROM asked;

INSERT INTO claim_evidence (claim_id, evidence_id)
SELECT claim_id, :'photo' FROM asked;

INSERT INTO work (kind, subject_id)
SELECT 'decide_claim', claim_id FROM asked WHERE :with_work;

INSERT INTO idempotency_keys (client_id, key, request_sha256, status_code, answer)
SELECT :'app_client', 'made-' || claim_id, sha256(claim_id::bytea), 201, to_jsonb(claims) || jsonb_build_object('evidence', ARRAY[:'photo'])
FROM asked
JOIN claims USING (claim_id);

COMMIT;
ANALYZE claims, claim_evidence, work;
