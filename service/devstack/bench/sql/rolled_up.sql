-- Balances rolled up as the sweeper leaves them, and the statistics that autovacuum would have gathered by now; from
-- here on Postgres is as careful as ever.
\set ON_ERROR_STOP on
ALTER SYSTEM RESET full_page_writes;
ALTER SYSTEM RESET autovacuum;
SELECT pg_reload_conf() \gset
UPDATE accounts
SET rolled_up = summed.amount, rolled_up_to = summed.entry_id
FROM (SELECT account, currency, sum(amount) AS amount, max(entry_id) AS entry_id FROM entries GROUP BY account, currency) AS summed
WHERE accounts.account = summed.account AND accounts.currency = summed.currency;
VACUUM ANALYZE;
CHECKPOINT;
