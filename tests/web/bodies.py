"""Bodies that are right, to be spoiled one field at a time."""

from typing import Any

from tests.stories.market import ago, cny


def an_order(**changes: Any) -> dict[str, Any]:
    """The least that an order needs, and one field that no schema knows."""
    return {
        "version": 1,
        "buyer": {"id": "buyer-li"},
        "farmer": {"id": "farmer-zhao", "name": "赵家果园"},
        "currency": "CNY",
        "paid_at": ago(72),
        "destination": {"province": "浙江省"},
        "lines": [a_line()],
        "waybills": [{"carrier": "SF", "number": "W1"}],
        "status": "paid",
        "campaign": "spring",
    } | changes


def a_line(line_id: str = "1", **changes: Any) -> dict[str, Any]:
    """A line of strawberries."""
    return {"line_id": line_id, "commodity": "strawberry", "quantity": 2, "paid": cny(1990)} | changes


def an_event(**changes: Any) -> dict[str, Any]:
    """A scan."""
    return {"carrier": "SF", "number": "W1", "event_time": ago(60), "step": "picked_up"} | changes


def a_claim(order_id: str, /, **changes: Any) -> dict[str, Any]:
    """Half of line 1 is rotten."""
    return {
        "order_id": order_id,
        "line_id": "1",
        "cause": "rotten",
        "affected": {"share_bp": 5000},
        "requested_resolution": "refund_only",
        "evidence": [],
    } | changes
