-- The clients that `service token-set` made: the order service's and the app's.
SELECT
    (SELECT client_id FROM clients WHERE 'orders:write' = ANY(scopes) AND NOT 'claims:write' = ANY(scopes) LIMIT 1),
    (SELECT client_id FROM clients WHERE 'claims:write' = ANY(scopes) AND NOT 'orders:write' = ANY(scopes) LIMIT 1);
