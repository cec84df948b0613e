"""Clients of the API; of a token only its hash is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.store.database import Connection


@dataclass(frozen=True, slots=True)
class Client:
    """Who is calling, what it may do, and the one farmer it is bound to, if any."""

    client_id: str
    name: str
    scopes: frozenset[str]
    farmer_id: str | None


def find(conn: Connection, token_sha256: bytes) -> Client | None:
    """Return the client of a token that is neither expired nor revoked."""
    row = conn.execute(
        """
        SELECT client_id, name, scopes, farmer_id
        FROM clients
        WHERE token_sha256 = %(token_sha256)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
        """,
        {"token_sha256": token_sha256},
        prepare=True,
    ).fetchone()
    if row is None:
        return None
    return Client(row["client_id"], row["name"], frozenset(row["scopes"]), row["farmer_id"])


def add(
    conn: Connection,
    name: str,
    scopes: list[str],
    farmer_id: str | None,
    token_sha256: bytes,
    expires_at: datetime | None,
) -> str:
    """Store a client and return its id."""
    row = conn.execute(
        """
        INSERT INTO clients (name, scopes, farmer_id, token_sha256, expires_at)
        VALUES (%(name)s, %(scopes)s, %(farmer_id)s, %(token_sha256)s, %(expires_at)s)
        RETURNING client_id
        """,
        {
            "name": name,
            "scopes": scopes,
            "farmer_id": farmer_id,
            "token_sha256": token_sha256,
            "expires_at": expires_at,
        },
    ).fetchone()
    assert row is not None
    return str(row["client_id"])


def revoke(conn: Connection, client_id: str) -> bool:
    """End a client's token; False if there is no such live client."""
    done = conn.execute(
        "UPDATE clients SET revoked_at = now() WHERE client_id = %s AND revoked_at IS NULL", (client_id,)
    )
    return done.rowcount == 1


def clients(conn: Connection) -> list[dict[str, Any]]:
    """Return all clients, newest first, without their hashes."""
    return conn.execute(
        """
        SELECT client_id, name, scopes, farmer_id, created_at, expires_at, revoked_at
        FROM clients
        ORDER BY client_id DESC
        """
    ).fetchall()
