-- Milliseconds from opened to decided of each claim on the orders :first to :last; those never decided give no row.
SELECT extract(epoch FROM decided_at - opened_at) * 1000
FROM claims
WHERE order_id BETWEEN 'bench-' || lpad(:'first', 9, '0') AND 'bench-' || lpad(:'last', 9, '0')
    AND decided_at IS NOT NULL;
