-- Claims that are decided and attributed.
SELECT claim_id FROM decisions WHERE kind = 'attribution' ORDER BY claim_id;
