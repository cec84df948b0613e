-- Balances rolled up as the sweeper leaves them, and the statistics that autovacuum would have gathered by now.
\set ON_ERROR_STOP on
UPDATE accounts
SET rolled_up = summed.amount, rolled_up_to = summed.entry_id
FROM (SELECT account, currency, sum(amount) AS amount, max(entry_id) AS entry_id FROM entries GROUP BY account, currency) AS summed
WHERE accounts.account = summed.account AND accounts.currency = summed.currency;
VACUUM ANALYZE;
CHECKPOINT;
