-- Deadlines that act by themselves: where an order goes, since when a waybill is known, trouble on the way, force majeure.

ALTER TABLE orders
    ADD COLUMN city text NOT NULL DEFAULT '',
    ADD COLUMN district text NOT NULL DEFAULT '',
    ADD COLUMN to_village boolean NOT NULL DEFAULT false,
    ADD COLUMN region text NOT NULL DEFAULT '',
    ADD COLUMN subsidised bigint NOT NULL DEFAULT 0,
    ADD COLUMN subsidised_by text,
    ADD CONSTRAINT a_subsidy_names_its_claim CHECK ((subsidised > 0) = (subsidised_by IS NOT NULL));
COMMENT ON COLUMN orders.region IS 'the address by its code (GB/T 2260), as far as it is known: 65, 6531, 653121 ...';
COMMENT ON COLUMN orders.subsidised IS 'what a claim was granted for trouble on the way, beside what was not shipped';

ALTER TABLE waybills ADD COLUMN uploaded_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN waybills.uploaded_at IS 'when an order first named it; later versions of the order keep it';
UPDATE waybills SET uploaded_at = orders.recorded_at FROM orders WHERE orders.order_id = waybills.order_id;

-- Force majeure: the published entries, so that every process stops the same clocks. Never edited, as policies are not.
CREATE TABLE suspensions (
    suspension_id text PRIMARY KEY,
    entry text NOT NULL UNIQUE,
    title text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    clocks text[] NOT NULL,
    regions text[] NOT NULL,
    body text NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT a_suspension_lasts CHECK (starts_at < ends_at)
);
CREATE INDEX suspensions_by_end ON suspensions (ends_at);

GRANT SELECT, INSERT ON suspensions TO makegood_service;
