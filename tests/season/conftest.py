"""A season played at speed: a clock of the test's own stands where the database's clock stands."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from service.wiring.parts import open_parts
from tests.builders import Season, admitted
from tests.conftest import config_for
from tests.season.played import Played

PLAYED_CLOCK = """
CREATE SCHEMA played;
CREATE TABLE played.clock (at timestamptz NOT NULL);
CREATE FUNCTION played.now() RETURNS timestamptz LANGUAGE sql STABLE RETURN (SELECT at FROM played.clock);
CREATE FUNCTION played.clock_timestamp() RETURNS timestamptz LANGUAGE sql STABLE RETURN (SELECT at FROM played.clock);
GRANT USAGE ON SCHEMA played TO PUBLIC;
GRANT SELECT, UPDATE ON played.clock TO PUBLIC;
"""

DEFAULTS = """
SELECT format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT played.now()', table_name, column_name)
FROM information_schema.columns
WHERE table_schema = 'public' AND column_default IN ('now()', 'clock_timestamp()')
"""


@pytest.fixture
def played(database_url: str, bank_url: str, tmp_path: Path) -> Iterator[Played]:
    """The service at work on a database whose `now()` is the test's.

    Only this database is changed: names are looked up in its schema `played` before Postgres' own. The service knows
    nothing of it, and has no way to be told another time.
    """
    starts_at = datetime.fromisoformat("2026-11-10T00:00:00+08:00")
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(PLAYED_CLOCK.encode())
        conn.execute("INSERT INTO played.clock (at) VALUES (%s)", (starts_at,))
        for (statement,) in conn.execute(DEFAULTS.encode()).fetchall():
            conn.execute(str(statement).encode())
        conn.execute(f"ALTER DATABASE {conn.info.dbname} SET search_path = played, pg_catalog, public".encode())
    parts = open_parts(config_for(database_url, bank_url, tmp_path))
    yield Played(Season(parts, admitted(parts)), starts_at)
    parts.db.close()
