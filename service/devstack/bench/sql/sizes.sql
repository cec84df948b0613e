-- Rows, bytes of the table (with what is stored out of line) and bytes of its indexes.
ANALYZE;
SELECT relname, greatest(reltuples, 0)::bigint, pg_table_size(oid), pg_indexes_size(oid)
FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
ORDER BY relname;
