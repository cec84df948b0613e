-- What is measured: counts that only grow are added up in small rows, folded into one now and then.

CREATE TABLE tallies (
    measure text NOT NULL,
    labels text[] NOT NULL,
    counted bigint NOT NULL
);

CREATE TABLE ledger_checks (
    newest boolean PRIMARY KEY DEFAULT true CONSTRAINT one_check_stands CHECK (newest),
    drift bigint NOT NULL,
    took_seconds double precision NOT NULL,
    checked_at timestamptz NOT NULL
);

CREATE INDEX refunds_unfinished ON refunds (status) WHERE status <> 'succeeded';
CREATE INDEX payouts_unfinished ON payouts (status) WHERE status <> 'succeeded';

GRANT SELECT, INSERT, DELETE ON tallies TO makegood_service;
GRANT SELECT, INSERT, UPDATE ON ledger_checks TO makegood_service;
