"""Force majeure in the database, so that every process stops the same clocks."""

from collections.abc import Sequence

from service.domain.suspensions import ForceMajeure
from service.store.database import Connection

OF_ORDER = """
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'entry', entry, 'title', title, 'clocks', clocks, 'regions', regions,
            'starts_at', starts_at, 'ends_at', ends_at
        ) ORDER BY starts_at, entry), '[]')
        FROM suspensions
        WHERE ends_at > orders.paid_at AND starts_at < orders.paid_at + interval '1 year'
    ) AS suspensions
"""
"""Every entry of an order's time; which regions each is about is told with it."""


def edited(conn: Connection, entries: Sequence[ForceMajeure]) -> list[str]:
    """Return the names of entries that were published with another text: they decided cases, and stay as they are."""
    rows = conn.execute(
        """
        SELECT entry
        FROM unnest(%(entries)s::text[], %(ids)s::text[]) AS given (entry, suspension_id)
        JOIN suspensions USING (entry)
        WHERE suspensions.suspension_id <> given.suspension_id
        ORDER BY entry
        """,
        {"entries": [e.suspension.entry for e in entries], "ids": [e.suspension_id for e in entries]},
    )
    return [row["entry"] for row in rows]


def publish(conn: Connection, entries: Sequence[ForceMajeure]) -> None:
    """Store each entry once, under the hash of its text.

    One that comes when deadlines were already missed takes back no compensation, but charges: who bears what was
    granted since it began is reckoned again.
    """
    for one in entries:
        conn.execute(
            """
            WITH added AS (
                INSERT INTO suspensions (suspension_id, entry, title, starts_at, ends_at, clocks, regions, body)
                VALUES (
                    %(suspension_id)s, %(entry)s, %(title)s, %(starts_at)s, %(ends_at)s, %(clocks)s, %(regions)s,
                    %(body)s
                )
                ON CONFLICT (suspension_id) DO NOTHING
                RETURNING starts_at
            )
            INSERT INTO work (kind, subject_id)
            SELECT 'attribute_claim', claim_id
            FROM added
            JOIN claims ON claims.decided_at >= added.starts_at
            WHERE granted > 0 AND resolution = 'compensation'
            """,
            {
                "suspension_id": one.suspension_id,
                "entry": one.suspension.entry,
                "title": one.suspension.title,
                "starts_at": one.suspension.starts_at,
                "ends_at": one.suspension.ends_at,
                "clocks": list(one.suspension.clocks),
                "regions": list(one.regions),
                "body": one.text,
            },
        )
