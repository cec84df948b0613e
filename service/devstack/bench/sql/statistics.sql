-- What autovacuum would gather within the minute.
ANALYZE;
