-- What the benchmark named: a lease takes its rows in the index's own order, and rows that are changed twice stay in
-- their page, so that the second change writes no index.

DROP INDEX work_due;
CREATE INDEX work_due ON work (kind, due_at, work_id) WHERE parked_at IS NULL;

ALTER TABLE claims SET (fillfactor = 70);
ALTER TABLE order_lines SET (fillfactor = 85);
ALTER TABLE orders SET (fillfactor = 90);
ALTER TABLE refunds SET (fillfactor = 85);
