"""One answer for ever to one request of one client, under the key that the client chose."""

from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from service.store.database import Connection

KEPT_DAYS = 30
FORGOTTEN_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer given before."""

    request_sha256: bytes
    status_code: int
    answer: Any


def alone(conn: Connection, client_id: str, key: str) -> bool:
    """Say whether this transaction is the only one under way with this key; it stays so until it ends."""
    row = conn.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(%(client_id)s || ' ' || %(key)s, 0)) AS alone",
        {"client_id": client_id, "key": key},
    ).fetchone()
    return bool(row and row["alone"])


def find(conn: Connection, client_id: str, key: str) -> Kept | None:
    """Return the answer that was given under this key."""
    row = conn.execute(
        """
        SELECT request_sha256, status_code, answer
        FROM idempotency_keys
        WHERE client_id = %(client_id)s AND key = %(key)s
        """,
        {"client_id": client_id, "key": key},
    ).fetchone()
    return Kept(bytes(row["request_sha256"]), row["status_code"], row["answer"]) if row else None


def keep(conn: Connection, client_id: str, key: str, kept: Kept) -> None:
    """Keep an answer, in the transaction that made it true."""
    conn.execute(
        """
        INSERT INTO idempotency_keys (client_id, key, request_sha256, status_code, answer)
        VALUES (%(client_id)s, %(key)s, %(request_sha256)s, %(status_code)s, %(answer)s)
        """,
        {
            "client_id": client_id,
            "key": key,
            "request_sha256": kept.request_sha256,
            "status_code": kept.status_code,
            "answer": Jsonb(kept.answer),
        },
    )


def forget_old(conn: Connection) -> int:
    """Delete a batch of keys past their time and return how many."""
    return conn.execute(
        f"""
        DELETE FROM idempotency_keys
        WHERE (client_id, key) IN (
            SELECT client_id, key
            FROM idempotency_keys
            WHERE created_at < now() - make_interval(days => %(days)s)
            ORDER BY created_at
            LIMIT {FORGOTTEN_AT_ONCE:d}
        )
        """,
        {"days": KEPT_DAYS},
    ).rowcount
