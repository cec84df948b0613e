-- A million claims are written into a database that could be written anew: no images of whole pages, no vacuum meanwhile.
ALTER SYSTEM SET full_page_writes = off;
ALTER SYSTEM SET autovacuum = off;
SELECT pg_reload_conf() \gset
