"""Orders, their lines and waybills."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from psycopg.errors import CheckViolation, ForeignKeyViolation
from psycopg.types.json import Jsonb

from service.domain.order import Order
from service.store.database import Connection
from service.store.suspensions import OF_ORDER


class Upsert(StrEnum):
    """What became of a snapshot."""

    CREATED = "created"
    UPDATED = "updated"
    SAME = "same"
    STALE = "stale"
    DIFFERENT = "different"
    BELOW_REFUNDED = "below_refunded"
    LINE_IN_USE = "line_in_use"
    APP_UNKNOWN = "app_unknown"


def upsert(conn: Connection, order: Order, policy_id: str, client_id: str) -> Upsert:
    """Store a snapshot if its version is newer; the same version twice is harmless, with another content refused.

    The policy of the first snapshot stays for ever: it was in force when the order was paid.
    """
    values = _order_values(order) | {"policy_id": policy_id, "client_id": client_id}
    try:
        row = conn.execute(_UPSERT, values).fetchone()
    except ForeignKeyViolation:
        return Upsert.APP_UNKNOWN
    if row is None:
        return _why_not(conn, order)
    try:
        _replace_lines(conn, order)
    except CheckViolation:
        return Upsert.BELOW_REFUNDED
    except ForeignKeyViolation:
        return Upsert.LINE_IN_USE
    _replace_waybills(conn, order)
    return Upsert.CREATED if row["created"] else Upsert.UPDATED


_UPSERT = """
INSERT INTO orders (
    order_id, version, client_id, buyer_id, buyer_senior, farmer_id, farmer_name, currency, total, paid_at,
    ship_by, presale, province, city, district, to_village, region, payment_channel, transaction_id, status,
    policy_id, snapshot, app_client_id
)
VALUES (
    %(order_id)s, %(version)s, %(client_id)s, %(buyer_id)s, %(buyer_senior)s, %(farmer_id)s, %(farmer_name)s,
    %(currency)s, %(total)s, %(paid_at)s, %(ship_by)s, %(presale)s, %(province)s, %(city)s, %(district)s,
    %(to_village)s, %(region)s, %(payment_channel)s, %(transaction_id)s, %(status)s, %(policy_id)s, %(snapshot)s,
    %(app)s
)
ON CONFLICT (order_id) DO UPDATE
SET version = excluded.version,
    buyer_senior = excluded.buyer_senior,
    farmer_name = excluded.farmer_name,
    total = excluded.total,
    ship_by = excluded.ship_by,
    presale = excluded.presale,
    province = excluded.province,
    city = excluded.city,
    district = excluded.district,
    to_village = excluded.to_village,
    region = excluded.region,
    payment_channel = excluded.payment_channel,
    transaction_id = excluded.transaction_id,
    status = excluded.status,
    snapshot = excluded.snapshot,
    app_client_id = excluded.app_client_id,
    recorded_at = now()
WHERE orders.version < excluded.version
    AND orders.buyer_id = excluded.buyer_id
    AND orders.farmer_id = excluded.farmer_id
    AND orders.currency = excluded.currency
    AND orders.paid_at = excluded.paid_at
RETURNING (xmax = 0) AS created
"""


def lock(conn: Connection, order_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Lock orders against every other decision, charge and release, in one order for all; return their rows."""
    return conn.execute(
        f"""
        SELECT order_id, farmer_id, currency, total, status, paid_at, ship_by, presale, province, city, district,
            to_village, region, policy_id, payment_channel, transaction_id, buyer_id, buyer_senior, sale_credited,
            released_at, compensated, compensated_by, subsidised_by, now() AS now, {OF_ORDER}
        FROM orders
        WHERE order_id = ANY(%(ids)s)
        ORDER BY order_id
        FOR NO KEY UPDATE
        """,
        {"ids": sorted(set(order_ids))},
    ).fetchall()


def find(conn: Connection, order_id: str) -> dict[str, Any] | None:
    """Return an order's row with its lines and waybills as they came."""
    return conn.execute(
        f"""
        SELECT order_id, version, client_id, buyer_id, buyer_senior, farmer_id, status, snapshot, policy_id, paid_at,
            ship_by, presale, province, city, district, to_village, region, currency, total, recorded_at,
            now() AS now, {OF_ORDER}
        FROM orders
        WHERE order_id = %(order_id)s
        """,
        {"order_id": order_id},
    ).fetchone()


def commodities(conn: Connection, order_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the commodities of each order's lines."""
    rows = conn.execute(
        """
        SELECT order_id, array_agg(DISTINCT commodity ORDER BY commodity) AS commodities
        FROM order_lines
        WHERE order_id = ANY(%(ids)s)
        GROUP BY order_id
        """,
        {"ids": list(order_ids)},
    )
    return {row["order_id"]: row["commodities"] for row in rows}


def refunded(conn: Connection, order_id: str) -> int:
    """Return what claims have refunded of an order's lines, in minor units."""
    row = conn.execute(
        "SELECT coalesce(sum(refunded), 0)::bigint AS refunded FROM order_lines WHERE order_id = %s", (order_id,)
    ).fetchone()
    return int(row["refunded"]) if row else 0


def note_sale(conn: Connection, order_id: str, credited: int) -> None:
    """Remember how much of the sale stands credited to the farmer (minor units)."""
    conn.execute(
        "UPDATE orders SET sale_credited = %(credited)s WHERE order_id = %(order_id)s",
        {"order_id": order_id, "credited": credited},
    )


def note_released(conn: Connection, order_ids: Sequence[str]) -> None:
    """Remember that the farmer can be paid for these orders."""
    conn.execute("UPDATE orders SET released_at = now() WHERE order_id = ANY(%s)", (list(order_ids),))


def _why_not(conn: Connection, order: Order) -> Upsert:
    row = conn.execute(
        "SELECT version, snapshot = %(snapshot)s AS same FROM orders WHERE order_id = %(order_id)s",
        {"order_id": order.order_id, "snapshot": Jsonb(order.snapshot)},
    ).fetchone()
    if row and row["version"] > order.version:
        return Upsert.STALE
    return Upsert.SAME if row and row["same"] else Upsert.DIFFERENT


def _replace_lines(conn: Connection, order: Order) -> None:
    conn.execute(
        "DELETE FROM order_lines WHERE order_id = %(order_id)s AND line_id <> ALL(%(kept)s)",
        {"order_id": order.order_id, "kept": [line.line_id for line in order.lines]},
    )
    conn.execute(
        """
        INSERT INTO order_lines (order_id, line_id, commodity, title, quantity, unit, paid, freight)
        SELECT %(order_id)s, line.*
        FROM unnest(
            %(line_ids)s::text[], %(commodities)s::text[], %(titles)s::text[], %(quantities)s::numeric[],
            %(units)s::text[], %(paid)s::bigint[], %(freight)s::bigint[]
        ) AS line
        ON CONFLICT (order_id, line_id) DO UPDATE
        SET commodity = excluded.commodity,
            title = excluded.title,
            quantity = excluded.quantity,
            unit = excluded.unit,
            paid = excluded.paid,
            freight = excluded.freight
        """,
        {
            "order_id": order.order_id,
            "line_ids": [line.line_id for line in order.lines],
            "commodities": [line.commodity for line in order.lines],
            "titles": [line.title for line in order.lines],
            "quantities": [line.quantity for line in order.lines],
            "units": [line.unit for line in order.lines],
            "paid": [line.paid for line in order.lines],
            "freight": [line.freight for line in order.lines],
        },
    )


def _replace_waybills(conn: Connection, order: Order) -> None:
    """A waybill that stays keeps the time at which it was first named: clocks count from it."""
    conn.execute(
        """
        WITH given AS (
            SELECT * FROM unnest(%(carriers)s::text[], %(numbers)s::text[], %(legs)s::smallint[])
                AS waybill (carrier, number, leg)
        ),
        dropped AS (
            DELETE FROM waybills
            WHERE order_id = %(order_id)s AND (carrier, number) NOT IN (SELECT carrier, number FROM given)
        )
        INSERT INTO waybills (order_id, carrier, number, leg)
        SELECT %(order_id)s, carrier, number, leg
        FROM given
        ON CONFLICT (order_id, carrier, number) DO UPDATE SET leg = excluded.leg
        """,
        {
            "order_id": order.order_id,
            "carriers": [w.carrier for w in order.waybills],
            "numbers": [w.number for w in order.waybills],
            "legs": [w.leg for w in order.waybills],
        },
    )


def _order_values(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "version": order.version,
        "buyer_id": order.buyer_id,
        "buyer_senior": order.buyer_senior,
        "farmer_id": order.farmer_id,
        "farmer_name": order.farmer_name,
        "currency": order.currency,
        "total": order.total,
        "paid_at": order.paid_at,
        "ship_by": order.ship_by,
        "presale": order.presale,
        "province": order.province,
        "city": order.city,
        "district": order.district,
        "to_village": order.to_village,
        "region": order.region,
        "payment_channel": order.payment_channel,
        "transaction_id": order.transaction_id,
        "status": order.status,
        "snapshot": Jsonb(order.snapshot),
        "app": order.app,
    }
