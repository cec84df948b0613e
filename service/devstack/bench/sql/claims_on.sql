-- The claims on the orders :first to :last.
SELECT claim_id
FROM claims
WHERE order_id BETWEEN 'bench-' || lpad(:'first', 9, '0') AND 'bench-' || lpad(:'last', 9, '0')
ORDER BY claim_id;
