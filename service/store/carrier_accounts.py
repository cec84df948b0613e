"""Accounts at providers of tracking: their paths as hashes, their secrets sealed, and what they may ask."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from service.store.database import Connection


def add(conn: Connection, values: dict[str, Any]) -> str | None:
    """Store an account and return its id; None where the provider has a live one of this name."""
    row = conn.execute(
        """
        INSERT INTO carrier_accounts (
            provider, name, path_sha256, secrets, query_key, customer, query_url, asks, asks_a_minute, asks_a_day
        )
        VALUES (
            %(provider)s, %(name)s, %(path_sha256)s, %(secrets)s, %(query_key)s, %(customer)s, %(query_url)s, %(asks)s,
            %(asks_a_minute)s, %(asks_a_day)s
        )
        ON CONFLICT (provider, name) WHERE revoked_at IS NULL DO NOTHING
        RETURNING account_id
        """,
        values,
    ).fetchone()
    return str(row["account_id"]) if row else None


def by_path(conn: Connection, provider: str, path_sha256: bytes) -> dict[str, Any] | None:
    """Return the live account that a provider's path leads to."""
    return conn.execute(
        """
        SELECT account_id, provider, secrets, query_key, customer
        FROM carrier_accounts
        WHERE path_sha256 = %(path_sha256)s AND provider = %(provider)s AND revoked_at IS NULL
        """,
        {"path_sha256": path_sha256, "provider": provider},
        prepare=True,
    ).fetchone()


def listed(conn: Connection, provider: str | None) -> list[dict[str, Any]]:
    """Return accounts, newest first, without path and secrets, with what came in under each."""
    return conn.execute(
        """
        SELECT account_id, provider, name, customer, cardinality(secrets) AS secrets, asks, asks_a_minute, asks_a_day,
            created_at, rotated_at, revoked_at, came.payloads, came.unreadable, came.last_received_at
        FROM carrier_accounts
        CROSS JOIN LATERAL (
            SELECT count(*) AS payloads, count(*) FILTER (WHERE status = 'unreadable') AS unreadable,
                max(last_received_at) AS last_received_at
            FROM payloads
            WHERE payloads.account_id = carrier_accounts.account_id
        ) AS came
        WHERE provider = coalesce(%(provider)s, provider)
        ORDER BY account_id DESC
        """,
        {"provider": provider},
    ).fetchall()


def rotate(conn: Connection, provider: str, name: str, sealed: str | None) -> bool:
    """Put a new secret before the newest one, which stays live; without a new one, only the newest stays."""
    done = conn.execute(
        """
        UPDATE carrier_accounts
        SET secrets = CASE WHEN %(sealed)s::text IS NULL THEN secrets[1:1] ELSE ARRAY[%(sealed)s::text, secrets[1]] END,
            rotated_at = now()
        WHERE provider = %(provider)s AND name = %(name)s AND revoked_at IS NULL
        """,
        {"provider": provider, "name": name, "sealed": sealed},
    )
    return done.rowcount == 1


def revoke(conn: Connection, provider: str, name: str) -> bool:
    """End an account and its path; False if there is no such live account."""
    done = conn.execute(
        """
        UPDATE carrier_accounts
        SET revoked_at = now()
        WHERE provider = %(provider)s AND name = %(name)s AND revoked_at IS NULL
        """,
        {"provider": provider, "name": name},
    )
    return done.rowcount == 1


def lock_secrets(conn: Connection) -> list[dict[str, Any]]:
    """Lock the live accounts and return what is stored of their secrets."""
    return conn.execute(
        """
        SELECT account_id, secrets, query_key
        FROM carrier_accounts
        WHERE revoked_at IS NULL
        ORDER BY account_id
        FOR NO KEY UPDATE
        """
    ).fetchall()


def keep_secrets(conn: Connection, account_id: str, secrets: Sequence[str], query_key: str) -> None:
    """Store the secrets of a locked account in another form; they sign as before."""
    conn.execute(
        "UPDATE carrier_accounts SET secrets = %s, query_key = %s WHERE account_id = %s",
        (list(secrets), query_key, account_id),
    )


def asking(conn: Connection, providers: Sequence[str]) -> list[dict[str, Any]]:
    """Return the live accounts that may ask, those of providers named first before those named later."""
    return conn.execute(
        """
        SELECT account_id, provider, secrets, query_key, customer, query_url
        FROM carrier_accounts
        WHERE asks AND revoked_at IS NULL AND provider = ANY(%(providers)s)
        ORDER BY array_position(%(providers)s::text[], provider), account_id
        """,
        {"providers": list(providers)},
    ).fetchall()


def spend(conn: Connection, account_id: str) -> timedelta | None:
    """Take one question from an account's budgets of minute and day; else return how long until there is one again."""
    spent = conn.execute(_SPEND, {"account_id": account_id}).rowcount
    if spent:
        return None
    row = conn.execute(
        """
        SELECT CASE
            WHEN asked_in_day >= asks_a_day THEN day_began_at + interval '1 day'
            ELSE minute_began_at + interval '1 minute'
        END - now() AS wait
        FROM carrier_accounts
        WHERE account_id = %(account_id)s
        """,
        {"account_id": account_id},
    ).fetchone()
    return max(row["wait"], timedelta(seconds=1)) if row else timedelta(minutes=1)


_SPEND = """
UPDATE carrier_accounts
SET asked_in_minute = CASE WHEN minute_began_at > now() - interval '1 minute' THEN asked_in_minute + 1 ELSE 1 END,
    minute_began_at = CASE WHEN minute_began_at > now() - interval '1 minute' THEN minute_began_at ELSE now() END,
    asked_in_day = CASE WHEN day_began_at > now() - interval '1 day' THEN asked_in_day + 1 ELSE 1 END,
    day_began_at = CASE WHEN day_began_at > now() - interval '1 day' THEN day_began_at ELSE now() END
WHERE account_id = %(account_id)s
    AND revoked_at IS NULL
    AND (minute_began_at <= now() - interval '1 minute' OR asked_in_minute < asks_a_minute)
    AND (day_began_at <= now() - interval '1 day' OR asked_in_day < asks_a_day)
"""
