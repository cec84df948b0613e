-- An order may name its buyer's app: what the service opens on that order by itself is that app's own.

ALTER TABLE orders ADD COLUMN app_client_id text CONSTRAINT orders_name_a_known_app REFERENCES clients;
