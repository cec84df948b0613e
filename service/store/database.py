"""The way to Postgres: one pool a process, opened after the fork, working as a role without rights on the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

SERVICE_ROLE = "makegood_service"

Connection = psycopg.Connection[DictRow]


class DatabaseUnavailable(Exception):
    """Postgres cannot be reached now, or refused to write; nothing was changed."""


class Database:
    """A pool of connections; give it one transaction's work at a time."""

    def __init__(self, url: str, *, most: int = 10, wait_seconds: float = 5.0) -> None:
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=0,
            max_size=most,
            timeout=wait_seconds,
            max_idle=300,
            open=False,
            check=self._check,
            configure=_become_service,
            connection_class=psycopg.Connection[DictRow],
            kwargs={"row_factory": dict_row, "connect_timeout": 5, **_KEEPALIVES},
        )

    def _check(self, conn: Connection) -> None:
        """One dead connection means a restart: replace all, for the pool pauses ever longer after each dead one."""
        try:
            ConnectionPool.check_connection(conn)
        except psycopg.Error:
            self._pool.drain()
            raise

    def open(self) -> "Database":
        """Start the pool; call it in the process that will use it, after any fork."""
        self._pool.open()
        return self

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Lend a connection in a transaction: committed at the end, rolled back on an exception.

        Raises DatabaseUnavailable when Postgres is away, shutting down or out of disk.
        """
        with _telling_away_from_refused(), self._pool.connection() as conn:
            yield conn

    @contextmanager
    def autocommit(self) -> Iterator[Connection]:
        """Lend a connection on which every statement is a transaction of its own."""
        with _telling_away_from_refused(), self._pool.connection() as conn:
            conn.set_autocommit(True)
            try:
                yield conn
            finally:
                if not conn.closed:
                    conn.set_autocommit(False)


_AWAY = ("08", "25006", "53", "57P", "58")
"""SQLSTATEs by which Postgres says that it cannot serve: connection, read-only standby, resources, shutdown, disk."""

_KEEPALIVES: dict[str, Any] = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


@contextmanager
def _telling_away_from_refused() -> Iterator[None]:
    """A statement's own fault (a deadlock, a limit, a constraint) passes as it is, for it is not cured by waiting."""
    try:
        yield
    except PoolTimeout as fault:
        raise DatabaseUnavailable(f"the database is unavailable: {fault}") from fault
    except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction) as fault:
        if fault.sqlstate and not fault.sqlstate.startswith(_AWAY):
            raise
        raise DatabaseUnavailable(f"the database is unavailable: {fault}") from fault


def _become_service(conn: Connection) -> None:
    conn.execute(f"SET ROLE {SERVICE_ROLE}")
    conn.commit()
