"""What the carriers' scans say about a parcel, leg by leg."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar

from schemas.vocabulary import Air, ExceptionCause, Step
from service.domain import way
from service.domain.growth import GAINED

NOT_PHYSICAL = frozenset({Step.LABEL_CREATED, Step.EXCEPTION})
"""A label or a report is no parcel in a carrier's hands (facts: "shipped" is the first physical scan)."""

GOING_BACK = frozenset({Step.RETURNING, Step.RETURNED})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Waybill:
    """A number under which a carrier moves a parcel, since when the order names it; `leg` 2 starts at a hub."""

    carrier: str
    number: str
    leg: int = 1
    uploaded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """One canonical tracking event; without a step it is a reading, or a code that nobody knows yet."""

    carrier: str
    number: str
    at: datetime
    step: Step | None
    cause: ExceptionCause | None = None
    celsius: float | None = None
    air: Air | None = field(default=None, metadata=GAINED)
    place: str | None = field(default=None, metadata=GAINED)
    device: str | None = field(default=None, metadata=GAINED)


@dataclass(frozen=True, slots=True)
class Reading:
    """An air temperature on the way, in °C; `air` tells which air, where the device said so, `device` what took it."""

    at: datetime
    celsius: float
    air: Air | None = field(default=None, metadata=GAINED)
    device: str | None = field(default=None, metadata=GAINED)


@dataclass(frozen=True, slots=True)
class Held:
    """How long a device measured one temperature (°C): from each such reading to its own next one, in microseconds."""

    celsius: float
    lasted_us: int
    device: str | None = field(default=None, metadata=GAINED)


@dataclass(frozen=True, slots=True)
class Leg:
    """The milestones of one waybill; None means that no scan has said so yet.

    A fact sheet has `held` in place of `readings`, unless it is from before that.
    """

    leg: int
    carrier: str
    number: str
    labelled_at: datetime | None = None
    first_scan_at: datetime | None = None
    picked_up_at: datetime | None = None
    delivered_at: datetime | None = None
    station_drop_at: datetime | None = None
    refused_at: datetime | None = None
    overdue_at: datetime | None = None
    going_back_at: datetime | None = None
    damaged_at: datetime | None = None
    lost_at: datetime | None = None
    last_scan_at: datetime | None = None
    readings: tuple[Reading, ...] = ()
    uploaded_at: datetime | None = field(default=None, metadata=GAINED)
    moved_at: datetime | None = field(default=None, metadata=GAINED)
    hub_reached_at: datetime | None = field(default=None, metadata=GAINED)
    hub_left_at: datetime | None = field(default=None, metadata=GAINED)
    ended_in: str = field(default="", metadata=GAINED)
    silences: tuple[way.Silence, ...] = field(default=(), metadata=GAINED)
    held: tuple[Held, ...] = field(default=(), metadata=GAINED)

    @property
    def arrived_at(self) -> datetime | None:
        """When this leg's carrier had done its part: the drop at a station, else the hand-over."""
        return self.station_drop_at or self.delivered_at

    @property
    def warm_readings(self) -> tuple[Reading, ...]:
        """Return what may speak for warmth: supply air is cold however warm the goods are (facts: return air)."""
        return tuple(reading for reading in self.readings if reading.air is not Air.SUPPLY)

    @property
    def warmth(self) -> tuple[Held, ...]:
        """Return how long each device measured each temperature."""
        return self.held or held_by(self.warm_readings)


@dataclass(frozen=True, slots=True)
class Parcel:
    """All legs of an order's parcel, in order."""

    legs: tuple[Leg, ...] = ()

    @property
    def shipped_at(self) -> datetime | None:
        """Return the first physical scan of any leg."""
        return _first(leg.first_scan_at for leg in self.legs)

    @property
    def last_scan_at(self) -> datetime | None:
        """Return the latest word of any carrier, reports of trouble included."""
        return max((leg.last_scan_at for leg in self.legs if leg.last_scan_at), default=None)

    @property
    def delivered_at(self) -> datetime | None:
        """Return the hand-over to the buyer: only the last leg can say so, with all that travels on it."""
        return _when_all(leg.delivered_at for leg in self._last_legs)

    @property
    def station_drop_at(self) -> datetime | None:
        """Return the drop at a locker or station near the buyer, with all that travels on the last leg."""
        return _when_all(leg.station_drop_at for leg in self._last_legs)

    @property
    def refused_at(self) -> datetime | None:
        """Return when the buyer first refused it."""
        return _first(leg.refused_at for leg in self.legs)

    @property
    def overdue_at(self) -> datetime | None:
        """Return when a carrier first reported that nobody picks it up."""
        return _first(leg.overdue_at for leg in self.legs)

    @property
    def going_back_at(self) -> datetime | None:
        """Return when it first turned back."""
        return _first(leg.going_back_at for leg in self.legs)

    @property
    def damaged_at(self) -> datetime | None:
        """Return when a carrier first reported damage."""
        return _first(leg.damaged_at for leg in self.legs)

    @property
    def lost_at(self) -> datetime | None:
        """Return when a carrier first reported it lost."""
        return _first(leg.lost_at for leg in self.legs)

    @property
    def _last_legs(self) -> tuple[Leg, ...]:
        """The waybills of the last leg that carry something; a label without a parcel delays nobody's window."""
        return tuple(leg for leg in self.legs if leg.leg == self.legs[-1].leg and leg.first_scan_at)


def parcel_of(waybills: Sequence[Waybill], scans: Iterable[Scan]) -> Parcel:
    """Fold scans, in any order and with repetitions, into the parcel's milestones."""
    by_waybill: dict[tuple[str, str], list[Scan]] = {(w.carrier, w.number): [] for w in waybills}
    for scan in scans:
        by_waybill.setdefault((scan.carrier, scan.number), []).append(scan)
    ordered = sorted(waybills, key=lambda w: (w.leg, w.carrier, w.number))
    return Parcel(legs=tuple(_leg(w, by_waybill[w.carrier, w.number]) for w in ordered))


def folded(parcel: Parcel) -> Parcel:
    """Return a parcel as a fact sheet keeps it: a logger's thousands of readings by what any limit is held against."""
    if not any(leg.readings for leg in parcel.legs):
        return parcel
    return Parcel(tuple(replace(leg, readings=(), held=leg.warmth) for leg in parcel.legs))


def held_by(readings: Sequence[Reading]) -> tuple[Held, ...]:
    """Fold readings, given by time: each device's each temperature once. Those without a device are one series."""
    by_device: dict[str | None, list[Reading]] = {}
    for reading in readings:
        by_device.setdefault(reading.device, []).append(reading)
    lasted: dict[tuple[str | None, float], timedelta] = {}
    for device, series in by_device.items():
        for reading, following in pairwise([*series, series[-1]]):
            key = device, reading.celsius
            lasted[key] = lasted.get(key, timedelta()) + (following.at - reading.at)
    return tuple(
        Held(celsius, lasted[device, celsius] // timedelta(microseconds=1), device)
        for device, celsius in sorted(lasted, key=lambda key: (key[0] or "", key[1]))
    )


def warm_for(warmth: Sequence[Held], limit_celsius: float) -> tuple[float | None, timedelta]:
    """Return the highest temperature above the limit (°C, None if none) and how long a device stayed above it.

    Of several devices the worst counts, as a cold corner of a parcel cools no other.
    """
    above = [held for held in warmth if held.celsius > limit_celsius]
    by_device: dict[str | None, int] = {}
    for held in above:
        by_device[held.device] = by_device.get(held.device, 0) + held.lasted_us
    longest = timedelta(microseconds=max(by_device.values(), default=0))
    return max((held.celsius for held in above), default=None), longest


def _leg(waybill: Waybill, scans: Sequence[Scan]) -> Leg:
    told = [s for s in scans if s.step]
    physical = [s for s in told if s.step not in NOT_PHYSICAL]
    first = _first_times((s.step, s.at) for s in told)
    trouble = _first_times((s.cause, s.at) for s in told if s.step is Step.EXCEPTION)
    readings = {Reading(s.at, float(s.celsius), s.air, s.device) for s in scans if s.celsius is not None}
    return Leg(
        leg=waybill.leg,
        carrier=waybill.carrier,
        number=waybill.number,
        labelled_at=first.get(Step.LABEL_CREATED),
        first_scan_at=_first(s.at for s in physical),
        picked_up_at=first.get(Step.PICKED_UP),
        delivered_at=first.get(Step.DELIVERED),
        station_drop_at=first.get(Step.STATION_DROP),
        refused_at=trouble.get(ExceptionCause.REFUSED),
        overdue_at=trouble.get(ExceptionCause.OVERDUE_PICKUP),
        going_back_at=_first(first.get(step) for step in GOING_BACK),
        damaged_at=trouble.get(ExceptionCause.DAMAGED),
        lost_at=trouble.get(ExceptionCause.LOST),
        last_scan_at=max((s.at for s in told if s.step is not Step.LABEL_CREATED), default=None),
        readings=tuple(sorted(readings, key=lambda r: (r.at, r.celsius, r.air or "", r.device or ""))),
        uploaded_at=waybill.uploaded_at,
        moved_at=way.moved_at(physical),
        hub_reached_at=way.hub_reached_at(physical),
        hub_left_at=way.hub_left_at(physical),
        ended_in=way.ended_in(physical),
        silences=way.silences(told),
    )


def _first_times(happened: Iterable[tuple[T, datetime]]) -> dict[T, datetime]:
    """Return when each thing happened first."""
    first: dict[T, datetime] = {}
    for what, at in happened:
        if what not in first or at < first[what]:
            first[what] = at
    return first


def _when_all(times: Iterable[datetime | None]) -> datetime | None:
    known = list(times)
    return max((at for at in known if at), default=None) if all(known) else None


def _first(times: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in times if at is not None), default=None)
