"""Brings a database to the newest schema."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from service.store.database import Connection

FOLDER = Path(__file__).parent / "migrations"
LOCK = 7_461_907_331


class MigrationFault(Exception):
    """The database and this code do not belong together; the message names the difference and the remedy."""


def migrate(url: str) -> list[str]:
    """Apply what is missing, one transaction a file, and return the names applied.

    Two at once wait for each other. Raises MigrationFault if the database is newer than this code.
    """
    with psycopg.Connection[dict[str, object]].connect(url, row_factory=dict_row, autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        conn.execute(
            """
            CREATE TABLE IF NOT EXISTS migrations (
                name text PRIMARY KEY,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """
        )
        conn.execute("GRANT SELECT ON migrations TO PUBLIC")
        done = {str(row["name"]) for row in conn.execute("SELECT name FROM migrations")}
        known = dict(_files())
        if unknown := done - known.keys():
            raise MigrationFault(
                f"the database has migrations that this code lacks: {sorted(unknown)}; deploy newer code"
            )
        missing = [name for name in known if name not in done]
        for name in missing:
            with conn.transaction():
                conn.execute(known[name].encode())
                conn.execute("INSERT INTO migrations (name) VALUES (%s)", (name,))
        return missing


def is_current(conn: Connection) -> bool:
    """Say whether every migration of this code is applied."""
    row = conn.execute("SELECT to_regclass('migrations') IS NOT NULL AS there").fetchone()
    if not row or not row["there"]:
        return False
    names = {r["name"] for r in conn.execute("SELECT name FROM migrations")}
    return names >= {name for name, _ in _files()}


def _files() -> Iterator[tuple[str, str]]:
    for path in sorted(FOLDER.glob("*.sql")):
        yield path.stem, path.read_text(encoding="utf-8")
