"""Raw payloads as they came, compressed: what was acknowledged is here, and can be read again."""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from service.store.database import Connection

PUSH, REPLY = "push", "reply"
FORGOTTEN_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Payload:
    """One payload to be read; `source` is push or reply."""

    payload_id: str
    provider: str
    source: str
    received_at: datetime
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a payload: how many events it holds, or why it cannot be read."""

    payload_id: str
    events: int
    because: str | None = None


def keep(
    conn: Connection,
    *,
    provider: str,
    account_id: str,
    source: str,
    headers: Mapping[str, str],
    body: bytes,
    request_id: str | None = None,
) -> tuple[str, bool]:
    """Store a payload and return its id, and whether it is new; the same again is counted.

    One statement: a new push is on disk together with the work of reading it.
    """
    row = conn.execute(
        """
        WITH kept AS (
            INSERT INTO payloads (provider, account_id, source, sha256, headers, body, size_bytes)
            VALUES (
                %(provider)s, %(account_id)s, %(source)s, %(sha256)s, %(headers)s, %(body)s, %(size_bytes)s
            )
            ON CONFLICT (account_id, source, sha256) DO UPDATE
            SET times = payloads.times + 1, last_received_at = now()
            RETURNING payload_id, source, (xmax = 0) AS new
        ),
        due AS (
            INSERT INTO work (kind, subject_id, request_id)
            SELECT 'read_payload', payload_id, %(request_id)s
            FROM kept
            WHERE new AND source = 'push'
        )
        SELECT payload_id, new FROM kept
        """,
        {
            "provider": provider,
            "account_id": account_id,
            "source": source,
            "sha256": hashlib.sha256(body).digest(),
            "headers": Jsonb(dict(headers)),
            "body": zlib.compress(body),
            "size_bytes": len(body),
            "request_id": request_id,
        },
        prepare=True,
    ).fetchone()
    assert row is not None
    return row["payload_id"], row["new"]


def named(conn: Connection, payload_ids: Sequence[str]) -> list[Payload]:
    """Return payloads by their ids, oldest first."""
    rows = conn.execute(
        """
        SELECT payload_id, provider, source, received_at, body
        FROM payloads
        WHERE payload_id = ANY(%(ids)s)
        ORDER BY received_at, payload_id
        """,
        {"ids": list(payload_ids)},
    )
    return [_payload(row) for row in rows]


def page(conn: Connection, provider: str, since: datetime, after: Payload | None, most: int) -> list[Payload]:
    """Return a provider's payloads received from `since` on, oldest first, those behind `after`."""
    rows = conn.execute(
        """
        SELECT payload_id, provider, source, received_at, body
        FROM payloads
        WHERE provider = %(provider)s AND received_at >= %(since)s
            AND (received_at, payload_id) > (%(after_at)s::timestamptz, %(after_id)s)
        ORDER BY received_at, payload_id
        LIMIT %(most)s
        """,
        {
            "provider": provider,
            "since": since,
            "after_at": after.received_at if after else since,
            "after_id": after.payload_id if after else "",
            "most": most,
        },
    )
    return [_payload(row) for row in rows]


def note_read(conn: Connection, read: Sequence[Read]) -> None:
    """Note what became of payloads."""
    conn.execute(
        """
        UPDATE payloads
        SET status = CASE WHEN note.because IS NULL THEN 'read' ELSE 'unreadable' END,
            because = coalesce(note.because, ''), events = note.events, read_at = now()
        FROM unnest(%(ids)s::text[], %(events)s::integer[], %(because)s::text[]) AS note (payload_id, events, because)
        WHERE payloads.payload_id = note.payload_id
        """,
        {
            "ids": [one.payload_id for one in read],
            "events": [one.events for one in read],
            "because": [one.because and one.because[:2000] for one in read],
        },
    )


def unreadable(conn: Connection) -> list[dict[str, Any]]:
    """Return the payloads that could not be read, newest first, each with its reason."""
    return conn.execute(
        """
        SELECT payload_id, provider, account_id, source, size_bytes, times, because, received_at
        FROM payloads
        WHERE status = 'unreadable'
        ORDER BY received_at DESC, payload_id DESC
        LIMIT 1000
        """
    ).fetchall()


def forget_old(conn: Connection, days: int) -> int:
    """Delete a batch of payloads that last came over `days` ago and return how many; their events stay."""
    return conn.execute(
        f"""
        DELETE FROM payloads
        WHERE payload_id IN (
            SELECT payload_id
            FROM payloads
            WHERE last_received_at < now() - make_interval(days => %(days)s) AND status <> 'stored'
            ORDER BY last_received_at
            LIMIT {FORGOTTEN_AT_ONCE:d}
        )
        """,
        {"days": days},
    ).rowcount


def _payload(row: dict[str, Any]) -> Payload:
    return Payload(row["payload_id"], row["provider"], row["source"], row["received_at"], zlib.decompress(row["body"]))
