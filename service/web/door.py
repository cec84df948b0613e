"""What every request works with, opened once a process."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from flask import current_app

from service.queues import Kind
from service.web.access import Doorkeeper
from service.wiring.parts import Parts

Nudge = Callable[[Iterable[Kind]], None]
"""Says which kinds of work have become due; returns at once."""

NAME = "makegood"


@dataclass(frozen=True, slots=True)
class Door:
    """The service's parts, the way to wake its workers, and who knows the clients."""

    parts: Parts
    nudge: Nudge
    doorkeeper: Doorkeeper


def door() -> Door:
    """Return the door of the application that answers this request."""
    return cast(Door, current_app.extensions[NAME])


def now() -> datetime:
    """Return the moment of this request, for countdowns; deadlines themselves use the database's clock."""
    return datetime.now(UTC)
