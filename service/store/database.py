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
            check=ConnectionPool.check_connection,
            configure=_become_service,
            connection_class=psycopg.Connection[DictRow],
            kwargs={"row_factory": dict_row, "connect_timeout": 5, **_KEEPALIVES},
        )

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
        try:
            with self._pool.connection() as conn:
                yield conn
        except (PoolTimeout, psycopg.OperationalError) as fault:
            raise DatabaseUnavailable(f"the database is unavailable: {fault}") from fault

    @contextmanager
    def autocommit(self) -> Iterator[Connection]:
        """Lend a connection on which every statement is a transaction of its own."""
        try:
            with self._pool.connection() as conn:
                conn.set_autocommit(True)
                try:
                    yield conn
                finally:
                    if not conn.closed:
                        conn.set_autocommit(False)
        except (PoolTimeout, psycopg.OperationalError) as fault:
            raise DatabaseUnavailable(f"the database is unavailable: {fault}") from fault


_KEEPALIVES: dict[str, Any] = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


def _become_service(conn: Connection) -> None:
    conn.execute(f"SET ROLE {SERVICE_ROLE}")
    conn.commit()
