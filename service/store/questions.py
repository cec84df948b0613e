"""Questions to providers about parcels: whether one is due, what was asked, what came of it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from service.store.database import Connection

WATCH_AFTER = timedelta(hours=1)
"""A new parcel's silence is looked at soon; the look itself knows how long it may last."""


def watch(conn: Connection, parcels: Sequence[str]) -> None:
    """Make a look at each parcel's silence due, where it has an order, is under way, and somebody can be asked."""
    conn.execute(
        """
        INSERT INTO work (kind, subject_id, due_at)
        SELECT 'ask_carrier', carrier || ' ' || number, now() + %(pause)s
        FROM unnest(%(carriers)s::text[], %(numbers)s::text[]) AS parcel (carrier, number)
        WHERE EXISTS (SELECT FROM carrier_accounts WHERE asks AND revoked_at IS NULL)
            AND EXISTS (
                SELECT FROM waybills WHERE waybills.carrier = parcel.carrier AND waybills.number = parcel.number
            )
            AND NOT EXISTS (
                SELECT FROM work WHERE subject_id = parcel.carrier || ' ' || parcel.number AND kind = 'ask_carrier'
            )
            AND NOT EXISTS (
                SELECT
                FROM tracking_events AS event
                WHERE event.carrier = parcel.carrier AND event.number = parcel.number
                    AND event.step IN ('delivered', 'returned')
            )
        ORDER BY carrier, number
        """,
        _named(parcels) | {"pause": WATCH_AFTER},
    )


def watch_all(conn: Connection, days: int) -> int:
    """Watch every parcel of the orders that came in the last days; for an account that is new, return how many."""
    rows = conn.execute(
        """
        SELECT DISTINCT carrier || ' ' || number AS parcel
        FROM waybills
        JOIN orders USING (order_id)
        WHERE orders.recorded_at > now() - make_interval(days => %(days)s)
        ORDER BY parcel
        """,
        {"days": days},
    ).fetchall()
    watch(conn, [row["parcel"] for row in rows])
    return len(rows)


def want(conn: Connection, order_ids: Sequence[str]) -> None:
    """Have the parcels of orders asked about at once, as if for the first time: money waits for the answer.

    Questions are locked before their steps, here and by who asks them.
    """
    if not order_ids:
        return
    parcels = [
        row["parcel"]
        for row in conn.execute(
            """
            WITH wanted AS (
                INSERT INTO questions (carrier, number, wanted_at)
                SELECT DISTINCT carrier, number, now()
                FROM waybills
                WHERE order_id = ANY(%(ids)s)
                ORDER BY carrier, number
                ON CONFLICT (carrier, number) DO UPDATE
                SET wanted_at = now(), fruitless = 0
                WHERE questions.wanted_at IS NULL
                RETURNING carrier || ' ' || number AS parcel
            )
            SELECT parcel FROM wanted ORDER BY parcel
            """,
            {"ids": list(order_ids)},
        )
    ]
    conn.execute(
        """
        WITH hastened AS (
            UPDATE work
            SET due_at = now()
            WHERE kind = 'ask_carrier' AND subject_id = ANY(%(parcels)s) AND lease_id IS NULL AND parked_at IS NULL
            RETURNING subject_id
        )
        INSERT INTO work (kind, subject_id)
        SELECT 'ask_carrier', parcel
        FROM unnest(%(parcels)s::text[]) AS parcel
        WHERE parcel NOT IN (SELECT subject_id FROM hastened)
        ORDER BY parcel
        """,
        {"parcels": parcels},
    )


def lock(conn: Connection, parcel: str) -> None:
    """Keep others off a parcel's question until the transaction ends; take this before the question's step."""
    conn.execute(
        "INSERT INTO questions (carrier, number) VALUES (%(carrier)s, %(number)s) ON CONFLICT DO NOTHING", _one(parcel)
    )
    conn.execute(
        "SELECT FROM questions WHERE carrier = %(carrier)s AND number = %(number)s FOR NO KEY UPDATE", _one(parcel)
    )


def state(conn: Connection, parcel: str) -> dict[str, Any] | None:
    """Return what is known for asking about a parcel; None for one that no order travels under."""
    return conn.execute(
        """
        SELECT now() AS now, wanted_at, provider, asked_at, fruitless, refused_at,
            greatest(heard.at, ordered.at) AS heard_at,
            coalesce(heard.ended, false) AS ended,
            coalesce(heard.providers, '{}') AS providers,
            ordered.phone_tail
        FROM questions
        CROSS JOIN LATERAL (
            SELECT max(recorded_at) AS at, bool_or(step IN ('delivered', 'returned')) AS ended,
                array_agg(DISTINCT provider) AS providers
            FROM tracking_events
            WHERE tracking_events.carrier = questions.carrier AND tracking_events.number = questions.number
        ) AS heard
        CROSS JOIN LATERAL (
            SELECT max(recorded_at) AS at, max(snapshot -> 'destination' ->> 'phone_tail') AS phone_tail
            FROM waybills
            JOIN orders USING (order_id)
            WHERE waybills.carrier = questions.carrier AND waybills.number = questions.number
        ) AS ordered
        WHERE questions.carrier = %(carrier)s AND questions.number = %(number)s AND ordered.at IS NOT NULL
        """,
        _one(parcel),
    ).fetchone()


def note_asked(conn: Connection, parcel: str, provider: str) -> None:
    """Note before the call that a provider is asked, so that a worker that dies does not ask again too soon."""
    conn.execute(
        """
        UPDATE questions
        SET provider = %(provider)s, asked_at = now()
        WHERE carrier = %(carrier)s AND number = %(number)s
        """,
        _one(parcel) | {"provider": provider},
    )


def note_answer(conn: Connection, parcel: str, *, new: int, because: str = "") -> None:
    """Note an answer and how many events were new by it."""
    conn.execute(
        """
        UPDATE questions
        SET answered_at = now(), wanted_at = NULL, because = %(because)s,
            fruitless = CASE WHEN %(new)s > 0 THEN 0 ELSE least(fruitless + 1, 100) END
        WHERE carrier = %(carrier)s AND number = %(number)s
        """,
        _one(parcel) | {"new": new, "because": because[:2000]},
    )


def note_refusal(conn: Connection, parcel: str, because: str) -> None:
    """Note that whoever was asked last said no, and that asking again would not better it."""
    conn.execute(
        """
        UPDATE questions
        SET refused_at = now(), because = %(because)s
        WHERE carrier = %(carrier)s AND number = %(number)s
        """,
        _one(parcel) | {"because": because[:2000]},
    )


def give_up(conn: Connection, parcel: str) -> None:
    """Let no money wait any more; whoever wants the answer after this asks anew."""
    conn.execute(
        "UPDATE questions SET wanted_at = NULL WHERE carrier = %(carrier)s AND number = %(number)s", _one(parcel)
    )


def note_silence(conn: Connection, parcel: str, because: str) -> None:
    """Note that a provider could not answer now."""
    conn.execute(
        """
        UPDATE questions
        SET because = %(because)s, fruitless = least(fruitless + 1, 100)
        WHERE carrier = %(carrier)s AND number = %(number)s
        """,
        _one(parcel) | {"because": because[:2000]},
    )


def _one(parcel: str) -> dict[str, Any]:
    carrier, _, number = parcel.partition(" ")
    return {"carrier": carrier, "number": number}


def _named(parcels: Sequence[str]) -> dict[str, Any]:
    split = [parcel.partition(" ") for parcel in parcels]
    return {"carriers": [carrier for carrier, _, _ in split], "numbers": [number for _, _, number in split]}
