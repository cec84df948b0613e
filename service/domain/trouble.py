"""物流异常补贴券: what went wrong on the way, for whoever answers for the leg."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from schemas.vocabulary import Party
from service.domain.clocks import Running, leg_ended_at, on_the_move, over, way_clocks
from service.domain.facts import Journey
from service.domain.parcel import Leg
from service.domain.policy import LogisticsTrouble, Policy
from service.domain.suspensions import Clock, ran, told
from service.domain.transit import PLATFORM, Fault, answering, late, warm
from service.domain.way import Silence
from service.domain.wording import lasting, moment


class Trouble(StrEnum):
    """What can befall a parcel on its way."""

    LATE = "late"
    STALLED = "stalled"
    LOST = "lost"
    WARM = "warm"


@dataclass(frozen=True, slots=True)
class Found:
    """One trouble: the fault of the leg's party, and what the policy makes of it, in minor units, with its reason."""

    trouble: Trouble
    fault: Fault
    amount: int


def troubles(journey: Journey, policy: Policy, opened_at: datetime) -> tuple[Found, ...]:
    """Return what is found of a journey; silence counts only where it still lasted when the claim was opened."""
    rule = policy.logistics_trouble
    if rule is None:
        return ()
    clocks = way_clocks(journey, policy)
    found = _late(journey, rule, policy, clocks) + _waiting(journey, rule, clocks, opened_at)
    for leg in journey.parcel.legs:
        found += _silent(leg, journey, rule, opened_at) + _lost(leg, rule, policy) + _warm(leg, journey, rule, policy)
    return tuple(found)


def days_late(journey: Journey, policy: Policy) -> int:
    """Return the started days beyond the promise, the legs of one way added up, the slowest waybill of each leg."""
    return _days(way_clocks(journey, policy), journey)


def worth(found: Iterable[Found]) -> int:
    """Return what all that was found is worth together, in minor units: the greatest of it."""
    return max((one.amount for one in found), default=0)


def _days(clocks: list[Running], journey: Journey) -> int:
    by_leg: dict[int, timedelta] = {}
    for running in clocks:
        if running.clock is Clock.PROMISE:
            by_leg[running.leg] = max(by_leg.get(running.leg, timedelta()), over(running, journey))
    return -(-sum(by_leg.values(), timedelta()) // timedelta(days=1))


def _late(journey: Journey, rule: LogisticsTrouble, policy: Policy, clocks: list[Running]) -> list[Found]:
    days = _days(clocks, journey)
    faults = [late(leg, journey, policy) for leg in journey.parcel.legs]
    amount = rule.late[min(days, len(rule.late)) - 1] if days else 0
    return [Found(Trouble.LATE, fault, amount) for fault in faults if fault]


def _waiting(journey: Journey, rule: LogisticsTrouble, clocks: list[Running], opened_at: datetime) -> list[Found]:
    """The hub has a parcel and does not pass it on."""
    missed = [c for c in clocks if c.clock is Clock.HUB_FORWARD and c.missed(journey.as_of)]
    return [
        Found(Trouble.STALLED, Fault(Party.PLATFORM, PLATFORM, over(c, journey), _unforwarded(c)), rule.stalled)
        for c in missed
        if c.done_at is None or c.done_at > opened_at
    ]


def _unforwarded(running: Running) -> str:
    said = f"leg {running.leg}: at the hub since {moment(running.starts_at)}"
    return f"{said}, due to be forwarded by {moment(running.due_at)}{running.said}"


def _silent(leg: Leg, journey: Journey, rule: LogisticsTrouble, opened_at: datetime) -> list[Found]:
    found = []
    for silence in _silences(leg, journey):
        until = silence.until or journey.as_of
        for trouble, clock, hours, amount in (
            (Trouble.STALLED, Clock.STALL, rule.stall_hours, rule.stalled),
            (Trouble.LOST, Clock.LOSS, rule.loss_hours, rule.lost),
        ):
            entries = journey.order.suspensions
            lasted, stood = ran(silence.since, until, clock, entries), told(silence.since, until, clock, entries)
            if lasted <= timedelta(hours=hours) or (silence.until and silence.until <= opened_at):
                continue
            silent = f"no scan for {lasting(lasted)} from {moment(silence.since)}"
            said = f"leg {leg.leg}: {silent}, {hours} h are allowed{stood}"
            fault = Fault(*answering(leg), lasted - timedelta(hours=hours), said)
            found.append(Found(trouble, fault, amount))
    return found


def _silences(leg: Leg, journey: Journey) -> list[Silence]:
    """Return the silences of a leg on the move, the one that still lasts with its end open."""
    lasting_still = [Silence(leg.last_scan_at, None)] if leg.last_scan_at and not _ended(leg, journey) else []
    return [one for one in [*leg.silences, *lasting_still] if on_the_move(leg, one.since)]


def _ended(leg: Leg, journey: Journey) -> bool:
    return leg_ended_at(leg, journey.parcel) is not None


def _lost(leg: Leg, rule: LogisticsTrouble, policy: Policy) -> list[Found]:
    if leg.lost_at is None:
        return []
    said = f"leg {leg.leg}: the carrier reported a loss at {moment(leg.lost_at)}"
    weight = timedelta(hours=policy.liability.damage_hours)
    return [Found(Trouble.LOST, Fault(*answering(leg), weight, said), rule.lost)]


def _warm(leg: Leg, journey: Journey, rule: LogisticsTrouble, policy: Policy) -> list[Found]:
    fault = warm(leg, journey, policy)
    return [Found(Trouble.WARM, fault, rule.warm)] if fault else []
