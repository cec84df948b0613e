"""What a waybill's scans say about its way: if it moved, left its first hub, fell silent, and where it came out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

from schemas.vocabulary import Step
from service.domain.divisions import region_of

LONG_SILENCE = timedelta(hours=24)
"""No policy asks about a shorter one, so sheets do not tell it."""

_HANDED_OVER = frozenset({Step.DELIVERED, Step.STATION_DROP})
_TURNING_BACK = frozenset({Step.RETURNING, Step.RETURNED})


class Scanned(Protocol):
    """What is looked at of a scan."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def step(self) -> Step | None:
        """What happened; a reading or an unknown code tells nothing."""

    @property
    def place(self) -> str | None:
        """Where, in the carrier's words."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A long time without a word of the carrier; it may still last."""

    since: datetime
    until: datetime | None


def moved_at(physical: Iterable[Scanned]) -> datetime | None:
    """Return the first scan that is more than taking the parcel over."""
    return min((scan.at for scan in physical if scan.step is not Step.PICKED_UP), default=None)


def hub_reached_at(physical: Iterable[Scanned]) -> datetime | None:
    """Return the arrival at the first hub."""
    return min((scan.at for scan in physical if scan.step is Step.ARRIVED), default=None)


def hub_left_at(physical: Sequence[Scanned]) -> datetime | None:
    """Return the first scan behind the first hub: leaving it, or another hub's arrival, known by its other name."""
    reached = hub_reached_at(physical)
    if reached is None:
        return None
    hubs = {scan.place for scan in physical if scan.at == reached and scan.step is Step.ARRIVED}
    named = None not in hubs and "" not in hubs
    behind = (
        scan.at
        for scan in physical
        if scan.at >= reached
        and scan.step is not Step.PICKED_UP
        and (scan.step is not Step.ARRIVED or (named and scan.at > reached and scan.place and scan.place not in hubs))
    )
    return min(behind, default=None)


def ended_in(physical: Sequence[Scanned]) -> str:
    """Return the code of the region in which the parcel was handed over; empty if it was not, or nobody said where.

    Where the hand-over names no region, the hub or courier just before it may; earlier places prove nothing.
    """
    handed = [scan for scan in physical if scan.step in _HANDED_OVER]
    if not handed or any(scan.step in _TURNING_BACK for scan in physical):
        return ""
    last = max(handed, key=_in_time)
    before = [scan for scan in physical if scan.at <= last.at and scan.step not in _HANDED_OVER]
    return region_of(last.place) or (region_of(max(before, key=_in_time).place) if before else "")


def silences(scans: Iterable[Scanned]) -> tuple[Silence, ...]:
    """Return the long times without any word, reports of trouble included, before the parcel came or turned back."""
    words = [scan for scan in scans if scan.step is not Step.LABEL_CREATED]
    until = min((scan.at for scan in words if scan.step in _HANDED_OVER | _TURNING_BACK), default=None)
    times = sorted({scan.at for scan in words if until is None or scan.at <= until})
    return tuple(Silence(one, other) for one, other in pairwise(times) if other - one >= LONG_SILENCE)


def _in_time(scan: Scanned) -> tuple[datetime, str, str]:
    """Order scans so that equal times do not make the order of arrival matter."""
    return scan.at, scan.step or "", scan.place or ""
