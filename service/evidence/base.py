"""What a signal on a photo is: a reason for a person to look, never a reason to refuse."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from service.evidence.inspection import Inspection


@dataclass(frozen=True, slots=True)
class PhotoContext:
    """What the service itself knows about a photo; both moments carry an offset."""

    paid_at: datetime | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Signal:
    """Something about a photo that a person should weigh, with what it rests on."""

    name: str
    because: str
    detail: Mapping[str, str]


SignalFinder = Callable[[Inspection, PhotoContext], Signal | None]
