"""Photos as rows; their bytes lie in the photo store under their hash."""

from collections.abc import Sequence
from typing import Any

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from service.store.database import Connection
from service.store.idempotency import Kept


def add(conn: Connection, photos: Sequence[dict[str, Any]]) -> None:
    """Store the rows of received photos and make their decoding due, in one statement.

    A photo: evidence_id, client_id, sha256, media_type, kind, size_bytes.
    """
    conn.execute(
        """
        WITH received AS (
            INSERT INTO evidence (evidence_id, client_id, sha256, media_type, kind, size_bytes)
            SELECT evidence_id, client_id, sha256, media_type, kind, size_bytes
            FROM jsonb_to_recordset(%(photos)s) AS photo (
                evidence_id text, client_id text, sha256 text, media_type text, kind text, size_bytes bigint
            )
            RETURNING evidence_id
        )
        INSERT INTO work (kind, subject_id)
        SELECT 'inspect_evidence', evidence_id FROM received
        """,
        {"photos": Jsonb(list(photos))},
        prepare=True,
    )


def take(conn: Connection, photo: dict[str, Any], key: str, kept: Kept) -> bool:
    """Store a photo's row (as for `add`), its decoding and the answer under its key in one statement. Autocommitted.

    False means that the key was used before or is in use: nothing was written.
    """
    values = {
        **photo,
        "key": key,
        "request_sha256": kept.request_sha256,
        "status_code": kept.status_code,
        "answer": Jsonb(kept.answer),
    }
    try:
        return conn.execute(_TAKE, values, prepare=True).rowcount == 1
    except UniqueViolation:
        return False


_TAKE = """
WITH attempt AS (
    SELECT pg_try_advisory_xact_lock(hashtextextended(%(client_id)s || ' ' || %(key)s, 0)) AS alone
),
received AS (
    INSERT INTO evidence (evidence_id, client_id, sha256, media_type, kind, size_bytes)
    SELECT %(evidence_id)s, %(client_id)s, %(sha256)s, %(media_type)s, %(kind)s, %(size_bytes)s
    FROM attempt
    WHERE alone AND NOT EXISTS (SELECT FROM idempotency_keys WHERE client_id = %(client_id)s AND key = %(key)s)
    RETURNING evidence_id, client_id
),
due AS (
    INSERT INTO work (kind, subject_id)
    SELECT 'inspect_evidence', evidence_id FROM received
)
INSERT INTO idempotency_keys (client_id, key, request_sha256, status_code, answer)
SELECT client_id, %(key)s, %(request_sha256)s, %(status_code)s, %(answer)s FROM received
"""


def find(conn: Connection, evidence_id: str) -> dict[str, Any] | None:
    """Return a photo's row, with the claims, farmers and orders that it serves."""
    return conn.execute(
        """
        SELECT evidence_id, client_id, sha256, media_type, kind, size_bytes, status, refusal, width, height, inspection,
            shown_sha256, received_at, inspected_at,
            ARRAY(
                SELECT DISTINCT farmer_id FROM claim_evidence JOIN claims USING (claim_id)
                WHERE claim_evidence.evidence_id = evidence.evidence_id
                ORDER BY farmer_id
            ) AS farmer_ids
        FROM evidence
        WHERE evidence_id = %(evidence_id)s
        """,
        {"evidence_id": evidence_id},
    ).fetchone()


def to_inspect(conn: Connection, evidence_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the photos among these that no worker has decoded yet."""
    return conn.execute(
        """
        SELECT evidence_id, sha256, media_type, received_at
        FROM evidence
        WHERE evidence_id = ANY(%(ids)s) AND status = 'pending'
        ORDER BY evidence_id
        """,
        {"ids": list(evidence_ids)},
    ).fetchall()


def note_inspection(conn: Connection, evidence_id: str, result: dict[str, Any]) -> None:
    """Store what decoding found, and make the open claims that show this photo due to be decided.

    `result`: status, refusal, width, height, inspection (JSON-able), shown_sha256.
    """
    conn.execute(
        """
        UPDATE evidence
        SET status = %(status)s,
            refusal = %(refusal)s,
            width = %(width)s,
            height = %(height)s,
            inspection = %(inspection)s,
            shown_sha256 = %(shown_sha256)s,
            inspected_at = now()
        WHERE evidence_id = %(evidence_id)s
        """,
        {**result, "inspection": Jsonb(result["inspection"]), "evidence_id": evidence_id},
    )
    conn.execute(
        """
        INSERT INTO work (kind, subject_id)
        SELECT 'decide_claim', claim_id
        FROM claim_evidence
        JOIN claims USING (claim_id)
        WHERE evidence_id = %(evidence_id)s AND status IN ('submitted', 'needs_action')
        """,
        {"evidence_id": evidence_id},
    )


def owned(conn: Connection, client_id: str, evidence_ids: Sequence[str]) -> set[str]:
    """Return those photos that the client itself uploaded."""
    rows = conn.execute(
        "SELECT evidence_id FROM evidence WHERE evidence_id = ANY(%(ids)s) AND client_id = %(client_id)s",
        {"ids": list(evidence_ids), "client_id": client_id},
    )
    return {row["evidence_id"] for row in rows}
