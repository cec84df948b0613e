"""Every signal on photos, by name: to add one, write its file and add its line here."""

from service.evidence.base import PhotoContext, Signal, SignalFinder
from service.evidence.capture_time import captured_after_receipt, captured_before_payment
from service.evidence.inspection import Inspection

SIGNALS: tuple[tuple[str, SignalFinder], ...] = (
    ("captured_before_payment", captured_before_payment),
    ("captured_after_receipt", captured_after_receipt),
)


def signals(inspection: Inspection, context: PhotoContext) -> tuple[Signal, ...]:
    """Collect what a photo betrays; an unreadable one betrays nothing."""
    found = (find(inspection, context) for _, find in SIGNALS)
    return tuple(signal for signal in found if signal is not None)
