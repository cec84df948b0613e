"""What deadlines need to know of many parcels at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from service.domain.parcel import NOT_PHYSICAL
from service.store.database import Connection


def shipped_at(conn: Connection, order_ids: Sequence[str]) -> dict[str, datetime]:
    """Return the first physical scan of each order that has one."""
    rows = conn.execute(
        """
        SELECT order_id, min(event_time) AS shipped_at
        FROM waybills
        JOIN tracking_events USING (carrier, number)
        WHERE order_id = ANY(%(ids)s) AND step <> ALL(%(not_physical)s)
        GROUP BY order_id
        """,
        {"ids": list(order_ids), "not_physical": sorted(NOT_PHYSICAL)},
    )
    return {row["order_id"]: row["shipped_at"] for row in rows}


def with_scans(conn: Connection, order_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return each order's waybills and scans as JSON, the scans in the shape that fact sheets are made from."""
    return conn.execute(
        """
        SELECT orders.order_id,
            coalesce((
                SELECT jsonb_agg(jsonb_build_object(
                    'carrier', carrier, 'number', number, 'leg', leg, 'uploaded_at', uploaded_at
                ))
                FROM waybills
                WHERE waybills.order_id = orders.order_id
            ), '[]') AS waybills,
            coalesce((
                SELECT jsonb_agg(jsonb_build_object(
                    'carrier', carrier, 'number', number, 'at', event_time, 'step', step, 'cause', cause,
                    'celsius', celsius, 'air', air, 'provider', provider, 'weak', weak, 'place', place,
                    'device', device
                ))
                FROM waybills
                JOIN tracking_events USING (carrier, number)
                WHERE waybills.order_id = orders.order_id
            ), '[]') AS scans
        FROM orders
        WHERE order_id = ANY(%(ids)s)
        ORDER BY order_id
        """,
        {"ids": list(order_ids)},
    ).fetchall()
