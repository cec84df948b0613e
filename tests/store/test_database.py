"""All else rests on this: what a transaction is, which role works, and what counts as Postgres being away."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import psycopg
import pytest
from psycopg.errors import CheckViolation, ProgramLimitExceeded

from service.store.database import Connection, Database, DatabaseUnavailable
from tests.builders import Season

INSERT = "INSERT INTO heartbeats (process) VALUES (%s)"


def beats(season: Season) -> list[str]:
    return [row["process"] for row in season.rows("SELECT process FROM heartbeats ORDER BY process")]


def beat(lent: AbstractContextManager[Connection], process: str, then: Callable[[Connection], object]) -> None:
    """Write a row on a lent connection, then do something with it."""
    with lent as conn:
        conn.execute(INSERT, (process,))
        then(conn)


def fail(_: Connection) -> None:
    raise RuntimeError


def test_a_transaction_is_kept_at_its_end_and_gone_after_an_exception(season: Season) -> None:
    beat(season.parts.db.transaction(), "kept", lambda conn: None)
    with pytest.raises(RuntimeError):
        beat(season.parts.db.transaction(), "gone", fail)

    assert beats(season) == ["kept"]


def test_a_rollback_inside_takes_back_what_was_done_and_the_connection_stays_of_use(season: Season) -> None:
    with season.parts.db.transaction() as conn:
        conn.execute(INSERT, ("gone",))
        conn.rollback()
        conn.execute(INSERT, ("after the rollback",))

    assert beats(season) == ["after the rollback"]


def test_a_statement_on_an_autocommit_connection_stays_whatever_comes_after_it(season: Season) -> None:
    with pytest.raises(RuntimeError):
        beat(season.parts.db.autocommit(), "kept", fail)

    assert beats(season) == ["kept"]


def test_a_connection_lent_for_autocommit_comes_back_as_a_transaction(database_url: str) -> None:
    db = Database(database_url, most=1).open()
    with db.autocommit() as conn:
        conn.execute("SELECT 1")
    with pytest.raises(RuntimeError):
        beat(db.transaction(), "gone", fail)
    with db.transaction() as conn:
        assert conn.execute("SELECT process FROM heartbeats").fetchall() == []
    db.close()


def test_a_constraint_s_no_is_told_as_it_is(season: Season) -> None:
    with pytest.raises(CheckViolation, match="a_token_hash_is_32_bytes"), season.parts.db.transaction() as conn:
        conn.execute("INSERT INTO clients (name, scopes, token_sha256) VALUES ('x', '{}', 'short')")


def test_a_deferred_constraint_s_no_comes_at_the_end_and_is_told_as_it_is(season: Season) -> None:
    with pytest.raises(CheckViolation, match="does not balance"), season.parts.db.transaction() as conn:
        conn.execute("INSERT INTO journals (source, kind) VALUES ('nothing', 'nothing')")


def test_a_statement_beyond_a_limit_is_not_taken_for_postgres_being_away(season: Season) -> None:
    with pytest.raises(ProgramLimitExceeded), season.parts.db.transaction() as conn:
        conn.execute("SELECT array_fill(0, ARRAY[100000, 100000])")


def test_a_server_that_is_not_there_is_unavailable_within_the_wait() -> None:
    db = Database("postgresql://nobody@127.0.0.1:1/nothing", wait_seconds=0.2).open()

    with pytest.raises(DatabaseUnavailable, match="the database is unavailable"), db.transaction():
        pass
    db.close()


def test_a_standby_that_only_reads_is_unavailable_for_writing(season: Season) -> None:
    with pytest.raises(DatabaseUnavailable):
        beat(read_only(season), "gone", fail)


def test_a_connection_cut_in_a_transaction_is_unavailable_and_the_next_transaction_works(
    season: Season, database_url: str
) -> None:
    def cut_and_go_on(conn: Connection) -> None:
        cut_all(database_url)
        conn.execute("SELECT 1")

    with pytest.raises(DatabaseUnavailable):
        beat(season.parts.db.transaction(), "gone", cut_and_go_on)

    assert beats(season) == []


def test_idle_connections_that_died_are_never_lent(database_url: str) -> None:
    db = Database(database_url, most=10).open()
    with ExitStack() as all_at_once:
        for _ in range(10):
            all_at_once.enter_context(db.transaction())
    cut_all(database_url)

    with db.transaction() as conn:
        assert conn.execute("SELECT 1 AS one").fetchone() == {"one": 1}
    db.close()


def test_every_connection_works_as_the_role_without_rights_on_the_ledger(season: Season) -> None:
    roles = season.rows("SELECT current_user::text AS now, session_user::text AS owner")

    assert roles[0]["now"] == "makegood_service"
    assert roles[0]["owner"] != "makegood_service"


@contextmanager
def read_only(season: Season) -> Iterator[Connection]:
    """A transaction as a standby would lend it."""
    with season.parts.db.transaction() as conn:
        conn.execute("SET TRANSACTION READ ONLY")
        yield conn


def cut_all(database_url: str) -> None:
    """What a restart of Postgres does to everyone who was connected; when this returns they are gone."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(
            """
            SELECT pg_terminate_backend(pid, 5000)
            FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """
        )


def test_a_transaction_that_pauses_too_long_is_ended_and_frees_what_it_locked(database_url: str) -> None:
    stopped, other = Database(database_url, idle_seconds=0.2).open(), Database(database_url).open()

    def pause(conn: Connection) -> None:
        time.sleep(0.6)
        beat(other.transaction(), "locked", lambda _: None)
        conn.execute("SELECT 1")

    with pytest.raises(DatabaseUnavailable, match="paused too long"):
        beat(stopped.transaction(), "locked", pause)

    with other.autocommit() as conn:
        assert conn.execute("SELECT process FROM heartbeats").fetchall() == [{"process": "locked"}]
    stopped.close()
    other.close()


def test_a_session_notices_by_itself_that_its_process_was_cut_off(season: Season) -> None:
    with season.parts.db.autocommit() as conn:
        rows = conn.execute("SELECT current_setting('tcp_keepalives_idle') AS idle").fetchall()

    assert rows == [{"idle": "10"}]
