-- What :orders open orders leave in the work table: each looks at its next clock, and waits for its window to close.
\set ON_ERROR_STOP on
SET session_replication_role = replica;
SET synchronous_commit = off;
INSERT INTO work (kind, subject_id, due_at)
SELECT kind, 'open-' || n, now() + interval '1 hour' + random() * days * interval '1 day'
FROM generate_series(1, :orders) AS n
CROSS JOIN (VALUES ('check_shipping', 2), ('release_sale', 20)) AS waiting (kind, days);
VACUUM ANALYZE work;
CHECKPOINT;
