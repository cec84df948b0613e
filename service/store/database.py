"""The way to Postgres: one pool a process, opened after the fork, working as a role without rights on the ledger."""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

SERVICE_ROLE = "makegood_service"
FRESH_SECONDS = 1.0
"""A connection used within it, on which nothing has arrived since, is lent again without a round trip."""
IDLE_SECONDS = 15.0
"""No transaction waits for anything outside, so one that pauses this long has lost its process: half a lease."""

Connection = psycopg.Connection[DictRow]


class _Lent(psycopg.Connection[DictRow]):
    """A connection that remembers when it was last of use."""

    used_at = 0.0


class DatabaseUnavailable(Exception):
    """Postgres cannot be reached now, or refused to write; nothing was changed."""


class ConnectionLost(DatabaseUnavailable):
    """The connection was cut while it was in use: what was asked may have been done, or not."""


class Database:
    """A pool of connections; give it one transaction's work at a time."""

    def __init__(
        self, url: str, *, most: int = 10, wait_seconds: float = 5.0, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        """`idle_seconds` is the longest pause inside a transaction before Postgres ends it and frees what it locked."""
        self._pool: ConnectionPool[_Lent] = ConnectionPool(
            url,
            min_size=0,
            max_size=most,
            timeout=wait_seconds,
            max_idle=300,
            open=False,
            check=self._check,
            configure=lambda conn: _become_service(conn, idle_seconds),
            connection_class=_Lent,
            kwargs={"row_factory": dict_row, "connect_timeout": 5, **_KEEPALIVES},
        )

    def _check(self, conn: _Lent) -> None:
        """One dead connection means a restart: replace all, for the pool pauses ever longer after each dead one."""
        try:
            if time.monotonic() - conn.used_at < FRESH_SECONDS and not _heard(conn):
                return
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
            conn.used_at = time.monotonic()

    @contextmanager
    def autocommit(self) -> Iterator[Connection]:
        """Lend a connection on which every statement is a transaction of its own."""
        with _telling_away_from_refused(), self._pool.connection() as conn:
            conn.set_autocommit(True)
            try:
                yield conn
                conn.used_at = time.monotonic()
            finally:
                if not conn.closed:
                    conn.set_autocommit(False)


_AWAY = ("08", "25006", "53", "57P", "58")
"""SQLSTATEs by which Postgres says that it cannot serve: connection, read-only standby, resources, shutdown, disk."""

_CUT = ("08", "57P")

_KEEPALIVES: dict[str, Any] = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}

_SESSION = """
    SET ROLE %s;
    SET idle_in_transaction_session_timeout = '%d ms';
    SET tcp_keepalives_idle = 10;
    SET tcp_keepalives_interval = 5;
    SET tcp_keepalives_count = 3;
    SET tcp_user_timeout = '25 s';
    SET enable_seqscan = off;
    SET jit = off
"""
"""A process that was stopped or cut off keeps neither its locks nor its leadership: Postgres notices, too.

A session keeps its plans, those of foreign keys included. What it planned while a table was small would read that table
whole for minutes after it has grown; rows are found by index here, and `read_whole_tables` is for who wants them all.
"""


@contextmanager
def _telling_away_from_refused() -> Iterator[None]:
    """A statement's own fault (a deadlock, a limit, a constraint) passes as it is, for it is not cured by waiting."""
    try:
        yield
    except PoolTimeout as fault:
        raise DatabaseUnavailable(f"the database is unavailable: {fault}") from fault
    except psycopg.errors.IdleInTransactionSessionTimeout as fault:
        raise DatabaseUnavailable(f"the database ended a transaction that had paused too long: {fault}") from fault
    except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction) as fault:
        if fault.sqlstate and not fault.sqlstate.startswith(_AWAY):
            raise
        cut = not fault.sqlstate or fault.sqlstate.startswith(_CUT)
        raise (ConnectionLost if cut else DatabaseUnavailable)(f"the database is unavailable: {fault}") from fault


def _heard(conn: Connection) -> bool:
    """A server that ends a connection says so, or closes it: either can be read, and nothing else comes unasked."""
    line = select.poll()
    line.register(conn, select.POLLIN)
    return bool(line.poll(0))


def read_whole_tables(conn: Connection) -> None:
    """Let what follows in this transaction read tables from end to end, which is how to sum them up."""
    conn.execute("SET LOCAL enable_seqscan = on")


def _become_service(conn: Connection, idle_seconds: float) -> None:
    conn.execute((_SESSION % (SERVICE_ROLE, idle_seconds * 1000)).encode())
    conn.commit()
