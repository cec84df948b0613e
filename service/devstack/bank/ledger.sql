CREATE TABLE IF NOT EXISTS transfers (
    number          INTEGER PRIMARY KEY,
    transfer_id     TEXT NOT NULL UNIQUE,
    purpose         TEXT NOT NULL,
    amount          INTEGER NOT NULL CHECK (amount > 0),
    currency        TEXT NOT NULL,
    payee           TEXT NOT NULL,
    transaction_id  TEXT,
    reason          TEXT NOT NULL,
    notify_url      TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('processing', 'succeeded', 'refused')),
    ends_as         TEXT NOT NULL CHECK (ends_as IN ('succeeded', 'refused')),
    ends_at         REAL NOT NULL,
    notices         INTEGER NOT NULL CHECK (notices BETWEEN 0 AND 2),
    times_asked     INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE INDEX IF NOT EXISTS transfers_in_process ON transfers (ends_at) WHERE status = 'processing';

-- One row takes from one account and gives to another, so the books balance by their shape.
CREATE TABLE IF NOT EXISTS movements (
    position      INTEGER PRIMARY KEY AUTOINCREMENT,
    transfer_id   TEXT NOT NULL UNIQUE REFERENCES transfers (transfer_id),
    from_account  TEXT NOT NULL,
    to_account    TEXT NOT NULL CHECK (to_account <> from_account),
    amount        INTEGER NOT NULL CHECK (amount > 0),
    currency      TEXT NOT NULL,
    moved_at      REAL NOT NULL
) STRICT;

CREATE TRIGGER IF NOT EXISTS movements_are_never_changed BEFORE UPDATE ON movements
BEGIN SELECT RAISE(ABORT, 'movements are never changed'); END;

CREATE TRIGGER IF NOT EXISTS movements_are_never_deleted BEFORE DELETE ON movements
BEGIN SELECT RAISE(ABORT, 'movements are never deleted'); END;

CREATE TABLE IF NOT EXISTS notices (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    transfer_id  TEXT NOT NULL REFERENCES transfers (transfer_id),
    due_at       REAL NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX IF NOT EXISTS notices_due ON notices (due_at);
