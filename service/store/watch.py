"""What long-running processes leave in the database: who leads, and who is alive."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from service.store.database import Connection, Database

SWEEPER_LOCK = 7_461_907_332


@contextmanager
def candidacy(db: Database) -> Iterator[Connection]:
    """Lend one connection for as long as a sweeper lives; the lock taken on it ends with it."""
    with db.autocommit() as conn:
        try:
            yield conn
        finally:
            if not conn.closed:
                conn.execute("SELECT pg_advisory_unlock_all()")


def leads(conn: Connection) -> bool:
    """Take the sweeper's lock if it is free, and say whether this connection holds it."""
    row = conn.execute(
        """
        SELECT EXISTS (
            SELECT FROM pg_locks
            WHERE locktype = 'advisory' AND pid = pg_backend_pid()
                AND (classid::bigint << 32 | objid::bigint) = %(lock)s
        ) OR pg_try_advisory_lock(%(lock)s) AS leads
        """,
        {"lock": SWEEPER_LOCK},
    ).fetchone()
    return bool(row and row["leads"])


def clock_seconds(conn: Connection) -> float:
    """Return the database's time in seconds since 1970."""
    row = conn.execute("SELECT extract(epoch FROM clock_timestamp())::float AS seconds").fetchone()
    assert row is not None
    return float(row["seconds"])


def beat(conn: Connection, process: str) -> None:
    """Leave a sign of life."""
    conn.execute(
        """
        INSERT INTO heartbeats (process) VALUES (%s)
        ON CONFLICT (process) DO UPDATE SET beaten_at = now()
        """,
        (process,),
    )


def beats(conn: Connection) -> list[dict[str, Any]]:
    """Return each process's age of its last sign of life, in seconds."""
    return conn.execute(
        """
        SELECT process, extract(epoch FROM now() - beaten_at)::float AS age_seconds
        FROM heartbeats
        ORDER BY process
        """
    ).fetchall()
