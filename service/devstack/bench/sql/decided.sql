-- Of the claims on the orders :first to :last: how many are decided, and seconds from the first decision to the last.
SELECT count(decided_at), coalesce(extract(epoch FROM max(decided_at) - min(decided_at)), 0)::float
FROM claims
WHERE order_id BETWEEN 'bench-' || lpad(:'first', 9, '0') AND 'bench-' || lpad(:'last', 9, '0');
