"""The schema is the sum of the migrations: applied in order, once, and never touched by anything else."""

import re
from collections.abc import Iterator
from itertools import count

import psycopg
import pytest

from service.store.migrate import FOLDER, migrate
from service.wiring.parts import Parts
from tests.builders import Season, order
from tests.conftest import do_all_work

FILES = [path.stem for path in sorted(FOLDER.glob("*.sql"))]
_names = count(1)

SHAPE = """
SELECT 'column', format('%s.%s %s null:%s %s', table_name, column_name, data_type, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint', format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'trigger', pg_get_triggerdef(pg_trigger.oid)
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE relnamespace = 'public'::regnamespace AND NOT tgisinternal
UNION ALL
SELECT 'function', pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'grant', format('%s %s %s', table_name, grantee, privilege_type)
FROM information_schema.table_privileges WHERE table_schema = 'public'
UNION ALL
SELECT 'transition', format('claim %s %s', from_status, to_status) FROM claim_transitions
UNION ALL
SELECT 'transition', format('refund %s %s', from_status, to_status) FROM refund_transitions
UNION ALL
SELECT 'transition', format('coupon %s %s', from_status, to_status) FROM coupon_transitions
UNION ALL
SELECT 'transition', format('recovery %s %s', from_status, to_status) FROM recovery_transitions
ORDER BY 1, 2
"""


def shape(url: str) -> list[tuple[str, str]]:
    """Return everything about a schema that can be compared."""
    with psycopg.connect(url) as conn:
        return [(str(kind), str(what)) for kind, what in conn.execute(SHAPE)]


@pytest.fixture
def another_url(server_url: str, database_url: str) -> Iterator[str]:
    """An empty database beside the test's own, not yet migrated."""
    name = f"{database_url.rpartition('/')[2]}_{next(_names)}"
    with psycopg.connect(server_url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
        yield f"{database_url.rpartition('/')[0]}/{name}"
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_every_migration_is_applied_in_the_order_of_its_number(another_url: str) -> None:
    applied = migrate(another_url)

    with psycopg.connect(another_url) as conn:
        noted = [name for (name,) in conn.execute("SELECT name FROM migrations ORDER BY applied_at, name")]
    assert applied == noted == FILES


def test_migrations_are_numbered_without_gaps() -> None:
    assert [int(name[:4]) for name in FILES] == list(range(1, len(FILES) + 1))
    assert all(re.fullmatch(r"\d{4}_[a-z_]+", name) for name in FILES)


STOPPED = """
SELECT relname
FROM pg_locks
JOIN pg_class ON pg_class.oid = relation
WHERE pid = pg_backend_pid() AND relkind = 'r' AND relname = ANY(%s)
    AND mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock')
GROUP BY relname
ORDER BY relname
"""
TABLES = "SELECT array_agg(relname::text) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


def test_no_migration_stops_two_tables_at_once_for_processes_at_work_hold_one_and_wait_for_another(
    another_url: str,
) -> None:
    stopped = {}
    with psycopg.connect(another_url, autocommit=True) as conn:
        for name in FILES:
            with conn.transaction():
                before = conn.execute(TABLES).fetchone()
                conn.execute((FOLDER / f"{name}.sql").read_bytes())
                stopped[name] = [table for (table,) in conn.execute(STOPPED, before)]

    # Those before 0011 are released.
    assert {name: tables for name, tables in stopped.items() if name > "0011" and len(tables) > 1} == {}
    assert stopped["0011_traced"] == ["claims"], "the locks are seen at all"


def test_a_session_that_has_told_of_claims_goes_on_when_they_get_a_new_column(season: Season) -> None:
    season.put(order(paid_hours_ago=2))
    claim_id = season.claim(cause="not_shipped", asked_bp=10000)
    url = season.parts.config.database_url
    season.rows("UPDATE claims SET status = 'in_review' WHERE claim_id = %s", claim_id)
    change = "UPDATE claims SET stage = %s, version = version + 1 WHERE claim_id = %s RETURNING stage"
    with psycopg.connect(url, autocommit=True) as old, psycopg.connect(url, autocommit=True) as new:
        for n in range(8):
            old.execute(change, ("claim" if n % 2 else "appeal", claim_id), prepare=True)
        new.execute("ALTER TABLE claims ADD COLUMN thought_of_later text")
        old.execute(change, ("appeal", claim_id), prepare=True)
        new.execute(change, ("claim", claim_id))
        old.execute(change, ("appeal", claim_id), prepare=True)
    told = season.rows("SELECT data ->> 'version' AS version FROM events WHERE type = 'claim.in_review'")
    assert sorted(int(row["version"]) for row in told) == list(range(1, 13))


def test_migrating_again_changes_nothing(another_url: str) -> None:
    migrate(another_url)
    before = shape(another_url)

    assert migrate(another_url) == []
    assert shape(another_url) == before


def test_two_databases_migrated_apart_have_one_shape(another_url: str, database_url: str) -> None:
    migrate(another_url)

    assert shape(another_url) == shape(database_url)


def test_a_service_at_work_leaves_the_schema_alone(another_url: str, parts: Parts) -> None:
    migrate(another_url)

    do_all_work(parts)

    assert shape(parts.config.database_url) == shape(another_url)


def test_every_name_in_the_schema_can_be_read(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        names = [
            str(name)
            for (name,) in conn.execute(
                """
                SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
                UNION ALL
                SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
                """
            )
        ]

    # A number at the end is Postgres' own way out when two constraints would have one name.
    unreadable = [name for name in names if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)]
    assert unreadable == []
    assert [name for name in names if re.search(r"_(check|fkey|key)\d+$", name)] == []
