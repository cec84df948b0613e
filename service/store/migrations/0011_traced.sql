-- What is logged of a claim later, wherever it is done, names the request that opened it.
ALTER TABLE claims ADD COLUMN request_id text;
COMMENT ON COLUMN claims.request_id IS 'the X-Request-Id under which it was opened; null where the service opened it';
