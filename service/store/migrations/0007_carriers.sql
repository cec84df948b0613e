-- Carriers in their own formats: accounts at providers, raw payloads, events that refer to them, questions to providers.

CREATE TABLE carrier_accounts (
    account_id text PRIMARY KEY DEFAULT new_id('cac'),
    provider text NOT NULL,
    name text NOT NULL,
    path_sha256 bytea NOT NULL UNIQUE,
    secrets text[] NOT NULL,
    query_key text NOT NULL DEFAULT '',
    customer text NOT NULL DEFAULT '',
    query_url text NOT NULL DEFAULT '',
    asks boolean NOT NULL DEFAULT false,
    asks_a_minute integer NOT NULL DEFAULT 60 CHECK (asks_a_minute > 0),
    asks_a_day integer NOT NULL DEFAULT 10000 CHECK (asks_a_day > 0),
    minute_began_at timestamptz NOT NULL DEFAULT 'epoch',
    asked_in_minute integer NOT NULL DEFAULT 0,
    day_began_at timestamptz NOT NULL DEFAULT 'epoch',
    asked_in_day integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    rotated_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT a_path_hash_is_32_bytes CHECK (octet_length(path_sha256) = 32),
    CONSTRAINT at_most_two_secrets_live CHECK (cardinality(secrets) BETWEEN 1 AND 2)
);
COMMENT ON COLUMN carrier_accounts.secrets IS 'newest first, each sealed with MAKEGOOD_SECRETS_KEY; so is query_key';
CREATE UNIQUE INDEX one_live_account_per_name ON carrier_accounts (provider, name) WHERE revoked_at IS NULL;

CREATE TABLE payloads (
    payload_id text PRIMARY KEY DEFAULT new_id('pld'),
    provider text NOT NULL,
    account_id text NOT NULL REFERENCES carrier_accounts,
    source text NOT NULL CHECK (source IN ('push', 'reply')),
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    size_bytes integer NOT NULL,
    times integer NOT NULL DEFAULT 1,
    status text NOT NULL DEFAULT 'stored' CHECK (status IN ('stored', 'read', 'unreadable')),
    because text NOT NULL DEFAULT '',
    events integer NOT NULL DEFAULT 0,
    received_at timestamptz NOT NULL DEFAULT now(),
    last_received_at timestamptz NOT NULL DEFAULT now(),
    read_at timestamptz,
    CONSTRAINT one_payload_per_content UNIQUE (account_id, source, sha256)
);
COMMENT ON COLUMN payloads.body IS 'as it came, compressed with zlib';
ALTER TABLE payloads ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX payloads_by_provider ON payloads (provider, received_at, payload_id);
CREATE INDEX payloads_by_age ON payloads (last_received_at);
CREATE INDEX payloads_unreadable ON payloads (received_at) WHERE status = 'unreadable';

ALTER TABLE tracking_events
    ALTER COLUMN step DROP NOT NULL,
    ADD COLUMN air text CHECK (air IN ('supply', 'return')),
    ADD COLUMN device text,
    ADD COLUMN assumed_zone text,
    ADD COLUMN weak boolean NOT NULL DEFAULT false,
    ADD COLUMN payload_id text REFERENCES payloads ON DELETE SET NULL;
COMMENT ON COLUMN tracking_events.weak IS 'told by a weakly signed push alone; a query''s reply makes it strong';
COMMENT ON COLUMN tracking_events.payload_id IS 'the first payload that told it';
CREATE INDEX tracking_events_by_payload ON tracking_events (payload_id) WHERE payload_id IS NOT NULL;
CREATE INDEX tracking_events_unknown ON tracking_events (provider, raw_code) WHERE step IS NULL AND celsius IS NULL;

CREATE VIEW unknown_codes AS
SELECT provider, coalesce(raw_code, '') AS code, count(*) AS events, min(raw_text) AS sample,
    min(recorded_at) AS first_seen_at, max(recorded_at) AS last_seen_at
FROM tracking_events
WHERE step IS NULL AND celsius IS NULL
GROUP BY provider, coalesce(raw_code, '');

-- What was asked about which parcel, of which provider last, and what came of it.
CREATE TABLE questions (
    carrier text NOT NULL,
    number text NOT NULL,
    provider text NOT NULL DEFAULT '',
    wanted_at timestamptz,
    asked_at timestamptz,
    answered_at timestamptz,
    fruitless smallint NOT NULL DEFAULT 0,
    refused_at timestamptz,
    because text NOT NULL DEFAULT '',
    PRIMARY KEY (carrier, number)
);
COMMENT ON COLUMN questions.wanted_at IS 'since when money waits for this answer';

-- Carriers have one name from here on, however an order or a provider writes it.
DELETE FROM waybills AS twin
USING waybills AS kept
WHERE twin.order_id = kept.order_id AND twin.number = kept.number AND twin.carrier <> kept.carrier
    AND upper(twin.carrier) = kept.carrier
    AND kept.carrier IN ('SF', 'ZTO', 'YTO', 'STO', 'YD', 'JTSD', 'JD', 'EMS', 'YZPY', 'DBL');
UPDATE waybills SET carrier = upper(carrier)
WHERE upper(carrier) IN ('SF', 'ZTO', 'YTO', 'STO', 'YD', 'JTSD', 'JD', 'EMS', 'YZPY', 'DBL');
UPDATE tracking_events SET carrier = upper(carrier)
WHERE upper(carrier) IN ('SF', 'ZTO', 'YTO', 'STO', 'YD', 'JTSD', 'JD', 'EMS', 'YZPY', 'DBL');

GRANT SELECT, INSERT, UPDATE, DELETE ON carrier_accounts, payloads, questions TO makegood_service;
GRANT SELECT ON unknown_codes TO makegood_service;
