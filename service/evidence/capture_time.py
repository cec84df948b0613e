"""Signals from the moment of capture: a photo can't show produce that had not been bought yet.

Camera clocks run off and time zones are often missing: a signal needs a moment that neither explains.
"""

from datetime import datetime, timedelta, timezone

from service.evidence.base import PhotoContext, Signal
from service.evidence.inspection import Inspection

CLOCK_DRIFT = timedelta(minutes=10)
"""How far a camera's clock may run off before it says anything."""

_WESTERNMOST = timezone(timedelta(hours=-12))
_EASTERNMOST = timezone(timedelta(hours=14))


def captured_before_payment(inspection: Inspection, context: PhotoContext) -> Signal | None:
    """Find a photo that is older than the payment of its order, wherever it was taken."""
    if inspection.captured_at is None or context.paid_at is None:
        return None
    latest = _moment(inspection.captured_at, _WESTERNMOST)
    if latest + CLOCK_DRIFT >= context.paid_at:
        return None
    paid_at = context.paid_at.isoformat()
    return Signal(
        name="captured_before_payment",
        because=f"the camera says {inspection.captured_at}; the order was paid only at {paid_at}",
        detail={"captured_at": inspection.captured_at, "paid_at": paid_at},
    )


def captured_after_receipt(inspection: Inspection, context: PhotoContext) -> Signal | None:
    """Find a photo from the future: its clock, and so its moment of capture, can't be relied on."""
    if inspection.captured_at is None:
        return None
    earliest = _moment(inspection.captured_at, _EASTERNMOST)
    if earliest - CLOCK_DRIFT <= context.received_at:
        return None
    received_at = context.received_at.isoformat()
    return Signal(
        name="captured_after_receipt",
        because=f"the camera says {inspection.captured_at}; the photo came in before that, at {received_at}",
        detail={"captured_at": inspection.captured_at, "received_at": received_at},
    )


def _moment(captured_at: str, unknown_zone: timezone) -> datetime:
    moment = datetime.fromisoformat(captured_at)
    return moment if moment.tzinfo else moment.replace(tzinfo=unknown_zone)
