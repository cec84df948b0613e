"""What each provider says of a waybill, where several speak of it or one proves little; and where they clash."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations

from service.domain.divisions import region_of
from service.domain.parcel import Leg, Scan, Waybill, parcel_of
from service.domain.wording import lasting, moment


@dataclass(frozen=True, slots=True)
class Told:
    """A scan with who told it and where; `weak`: by a weakly signed push alone."""

    scan: Scan
    provider: str
    weak: bool = False
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """A waybill's milestones by one provider's word; `weak`: by its weakly signed pushes alone."""

    provider: str
    weak: bool
    leg: Leg
    delivered_place: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Whether a provider can be asked to confirm, since when money waits for it, and what was heard when.

    `heard_at` is when the newest weakly signed word came in.
    """

    askable: bool = False
    wanted_at: datetime | None = None
    answered_at: datetime | None = None
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """Two providers that cannot both be right about a waybill."""

    carrier: str
    number: str
    providers: tuple[str, str]
    because: str


def tellings_of(waybills: Sequence[Waybill], told: Iterable[Told]) -> tuple[Telling, ...]:
    """Return each provider's telling of each waybill; none where one well-signed provider tells everything."""
    steps = [one for one in told if one.scan.step]
    if not any(one.weak for one in steps) and len({one.provider for one in steps}) < 2:
        return ()
    sources = sorted({(one.provider, one.weak) for one in steps})
    ordered = sorted(waybills, key=lambda w: (w.leg, w.carrier, w.number))
    return tuple(
        telling
        for waybill in ordered
        for provider, weak in sources
        if (telling := _telling(waybill, provider, weak, steps))
    )


def clashes(tellings: Sequence[Telling], apart: timedelta) -> tuple[Clash, ...]:
    """Return where providers contradict each other; times further apart than `apart` are no longer one scan."""
    found: dict[tuple[str, str, str], Clash] = {}
    for one, other in combinations(tellings, 2):
        if one.provider == other.provider or not _same_waybill(one.leg, other.leg):
            continue
        for because in (
            *_one_sided(one, other, apart),
            *_one_sided(other, one, apart),
            *_deliveries(one, other, apart),
        ):
            providers = one.provider, other.provider
            clash = Clash(one.leg.carrier, one.leg.number, (min(providers), max(providers)), because)
            found.setdefault((clash.carrier, clash.number, because), clash)
    return tuple(found[key] for key in sorted(found))


def unconfirmed(tellings: Sequence[Telling], apart: timedelta, deciding: frozenset[str]) -> tuple[str, ...]:
    """Return which of the deciding milestones rest on weakly signed words alone, each with who said so."""
    strong = [telling for telling in tellings if not telling.weak]
    return tuple(
        f"{name} at {moment(at)} by {telling.provider}'s word alone ({telling.leg.number})"
        for telling in tellings
        if telling.weak
        for name, at in _milestones(telling.leg)
        if name in deciding and not any(_confirms(other.leg, telling.leg, name, at, apart) for other in strong)
    )


_NAMES = {
    "shipped": "first_scan_at",
    "delivered": "delivered_at",
    "dropped at a station": "station_drop_at",
    "refused": "refused_at",
    "not picked up": "overdue_at",
    "sent back": "going_back_at",
    "damaged": "damaged_at",
    "lost": "lost_at",
}
"""The milestones that decide about money, by the words they are told in."""


MILESTONES = frozenset(_NAMES)


def _telling(waybill: Waybill, provider: str, weak: bool, steps: Sequence[Told]) -> Telling | None:
    own = [
        one
        for one in steps
        if (one.provider, one.weak) == (provider, weak)
        and (one.scan.carrier, one.scan.number) == (waybill.carrier, waybill.number)
    ]
    if not own:
        return None
    [leg] = parcel_of([waybill], [one.scan for one in own]).legs
    places = sorted(one.place for one in own if one.place and one.scan.at == leg.delivered_at)
    return Telling(provider, weak, replace(leg, readings=()), places[0] if places else None)


def _milestones(leg: Leg) -> Iterator[tuple[str, datetime]]:
    for name, attribute in _NAMES.items():
        if at := getattr(leg, attribute):
            yield name, at


def _same_waybill(one: Leg, other: Leg) -> bool:
    return (one.carrier, one.number) == (other.carrier, other.number)


def _confirms(strong: Leg, weak: Leg, name: str, at: datetime, apart: timedelta) -> bool:
    confirmed = getattr(strong, _NAMES[name])
    return _same_waybill(strong, weak) and confirmed is not None and abs(confirmed - at) <= apart


def _one_sided(one: Telling, other: Telling, apart: timedelta) -> Iterator[str]:
    """What the first says and the second cannot have seen."""
    leg, seen = one.leg, other.leg
    elsewhere = (("lost", seen.lost_at), ("sent back", seen.going_back_at))
    for what, at in elsewhere:
        if leg.delivered_at and at:
            yield (
                f"{one.provider} says delivered at {moment(leg.delivered_at)}, "
                f"{other.provider} says {what} at {moment(at)}"
            )
    if leg.delivered_at and seen.picked_up_at and seen.picked_up_at > leg.delivered_at:
        yield (
            f"{one.provider} says delivered at {moment(leg.delivered_at)}, "
            f"{other.provider} says picked up only at {moment(seen.picked_up_at)}"
        )
    if leg.picked_up_at and seen.labelled_at and seen.labelled_at - leg.picked_up_at > apart:
        yield (
            f"{one.provider} says picked up at {moment(leg.picked_up_at)}, "
            f"{other.provider} has a label only from {moment(seen.labelled_at)}"
        )


def _deliveries(one: Telling, other: Telling, apart: timedelta) -> Iterator[str]:
    first, second = sorted((one, other), key=lambda t: (t.provider, t.weak))
    at, then = first.leg.delivered_at, second.leg.delivered_at
    if at and then and abs(at - then) > apart:
        yield (
            f"{first.provider} says delivered at {moment(at)}, {second.provider} at {moment(then)}: "
            f"{lasting(abs(at - then))} apart"
        )
    here, there = region_of(first.delivered_place), region_of(second.delivered_place)
    if here and there and here[:2] != there[:2]:
        yield (
            f"{first.provider} says delivered in {first.delivered_place}, {second.provider} in {second.delivered_place}"
        )
