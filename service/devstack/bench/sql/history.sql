-- The past: on each of the orders :first to :last a claim that was approved, paid, charged and released, with all the
-- rows that this leaves behind, on one photo a claim; ids ascend with time, as real ones do.
-- The receipts' texts are those of a real claim, :'sample'.
-- Triggers and foreign keys are off while it is written (session_replication_role): the rows balance by their making.
\set ON_ERROR_STOP on
SET session_replication_role = replica;
SET synchronous_commit = off;
SET work_mem = '128MB';
BEGIN;

CREATE TEMPORARY TABLE past ON COMMIT DROP AS
SELECT n, 'bench-' || lpad(n::text, 9, '0') AS order_id, 'farmer-' || n % :farmers AS farmer_id,
    'clm_' || lpad(n::text, 32, '0') AS claim_id, 'evd_' || lpad(n::text, 32, '0') AS evidence_id,
    'rfd_' || lpad(n::text, 32, '0') AS refund_id,
    'dec_0' || lpad(n::text, 31, '0') AS decision_id, 'dec_1' || lpad(n::text, 31, '0') AS attribution_id,
    'chg_' || lpad(n::text, 32, '0') AS charge_id,
    300 + n * 7919 % 2000 AS amount, now() - make_interval(secs => (:last - n) * 2.0) AS at,
    (SELECT policy_id FROM policies WHERE effective_from <= now() - interval '72 hours' ORDER BY effective_from DESC LIMIT 1) AS policy_id
FROM generate_series(:first::bigint, :last) AS n;

UPDATE order_lines SET refunded = past.amount FROM past WHERE order_lines.order_id = past.order_id AND past.amount <= order_lines.paid;

INSERT INTO evidence (
    evidence_id, client_id, sha256, media_type, kind, size_bytes, status, width, height, inspection, shown_sha256,
    received_at, inspected_at
)
SELECT past.evidence_id, client_id, md5('a' || n) || md5('b' || n), media_type, kind, size_bytes, status, width, height, inspection,
    shown_sha256, at, at
FROM past
CROSS JOIN (SELECT * FROM evidence WHERE evidence_id = :'photo') AS sample;

INSERT INTO claims (
    claim_id, client_id, opened_by, order_id, line_id, buyer_id, farmer_id, cause, affected, asked_bp,
    requested_resolution, note, currency, requested_amount, policy_id, version, status, status_detail, refund_status,
    resolution, guarantee, granted, opened_at, decided_at, refunded_at
)
SELECT claim_id, :'app_client', 'buyer', order_id, '1', 'buyer-' || n, farmer_id, 'rotten', '{"share_bp": 3000}', 3000,
    'refund_only', '一半以上都烂了', 'CNY', amount, policy_id, 4, 'approved_partial', 'amount_within_limit', 'succeeded',
    'refund_only', 'rotten_guaranteed', amount, at, at + interval '30 ms', at + interval '90 ms'
FROM past;

INSERT INTO claim_evidence (claim_id, evidence_id) SELECT claim_id, evidence_id FROM past;
INSERT INTO grants (claim_id, order_id, line_id, amount) SELECT claim_id, order_id, '1', amount FROM past;

INSERT INTO decisions (decision_id, claim_id, kind, outcome, amount, policy_id, facts, result, decided_at)
SELECT decision_id, claim_id, 'decision', 'approved_partial', amount, policy_id, sample.facts, sample.result, at
FROM past CROSS JOIN (SELECT facts, result FROM decisions WHERE claim_id = :'sample' AND kind = 'decision' LIMIT 1) AS sample
UNION ALL
SELECT attribution_id, claim_id, 'attribution', 'attributed', amount, policy_id, sample.facts, sample.result, at
FROM past CROSS JOIN (SELECT facts, result FROM decisions WHERE claim_id = :'sample' AND kind = 'attribution' LIMIT 1) AS sample;

INSERT INTO refunds (
    refund_id, claim_id, order_id, purpose, amount, currency, payee, transaction_id, channel, status, reference,
    requested_at, finished_at
)
SELECT refund_id, claim_id, order_id, 'refund', amount, 'CNY', 'buyer-' || n, 'pay-' || n, 'sandbox', 'succeeded', 'bank-' || n, at, at
FROM past;

INSERT INTO charges (
    charge_id, claim_id, order_id, decision_id, party, party_id, share_bp, amount, currency, because, posted_at
)
SELECT charge_id, claim_id, order_id, attribution_id, 'farmer', farmer_id, 10000, amount, 'CNY',
    'on time and within temperature: what is beyond the tolerance was packed so', at
FROM past;

INSERT INTO accounts (account, currency)
SELECT account, 'CNY' FROM (VALUES ('advances'), ('buyer_refunds')) AS opened (account)
ON CONFLICT DO NOTHING;

INSERT INTO journals (source, kind, order_id, claim_id, posted_at)
SELECT kind || ':' || n, kind, order_id, claim_id, at
FROM past CROSS JOIN (VALUES ('grant'), ('refund_paid'), ('refund_charge')) AS posted (kind);

INSERT INTO entries (journal_id, account, currency, amount)
SELECT journal_id, CASE account WHEN 'farmer_held' THEN 'farmer_held:' || farmer_id ELSE account END, 'CNY', sign * amount
FROM past
JOIN journals USING (claim_id)
JOIN (VALUES
    ('grant', 'advances', -1), ('grant', 'buyer_refunds', 1),
    ('refund_paid', 'buyer_refunds', -1), ('refund_paid', 'cash', 1),
    ('refund_charge', 'farmer_held', -1), ('refund_charge', 'advances', 1)
) AS moved (kind, account, sign) USING (kind);

INSERT INTO idempotency_keys (client_id, key, request_sha256, status_code, answer, created_at)
SELECT :'app_client', 'past-' || n, sha256(claim_id::bytea), 201, sample.answer, at
FROM past
CROSS JOIN (SELECT answer FROM idempotency_keys WHERE answer ->> 'claim_id' = :'sample' LIMIT 1) AS sample
WHERE n % 4 = 0;

COMMIT;
