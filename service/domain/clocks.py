"""Every clock of a parcel's way: one table for the countdowns shown, the work that is due, and the verdicts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.deadlines import ship_by
from service.domain.facts import Journey
from service.domain.lanes import promised, tier_of
from service.domain.parcel import Leg, Parcel
from service.domain.policy import Policy
from service.domain.suspensions import Clock, due_after, ran, told


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that started: what must happen, by when, and when it did; `said` names what extended it."""

    clock: Clock
    leg: int
    carrier: str
    starts_at: datetime
    allowed: timedelta
    due_at: datetime
    done_at: datetime | None
    said: str = ""

    def missed(self, as_of: datetime) -> bool:
        """Whether it was not done in time, as far as `as_of` can tell."""
        return (self.done_at or as_of) > self.due_at


def fake_clocks(journey: Journey, policy: Policy) -> list[Running]:
    """Return the started clocks that a label without a parcel misses; of leg 1 the waybill that came furthest."""
    rule, parcel = policy.fake_shipment, journey.parcel
    legs = [leg for leg in parcel.legs if leg.leg == 1]
    if rule is None or not legs:
        return []
    scanned_at = _first(leg.first_scan_at for leg in legs)
    uploaded_at = _first(leg.uploaded_at for leg in legs)
    hub_hours = rule.leave_hub_hours.of(tier_of(journey.order, policy))
    moved_at = _first(leg.moved_at for leg in legs)
    reached_at, left_at = _first(leg.hub_reached_at for leg in legs), _first(_left_hub(leg) for leg in legs)
    wanted = (
        (Clock.FIRST_SCAN, uploaded_at, rule.scan_hours, scanned_at),
        (Clock.MOVEMENT, scanned_at, rule.move_hours, moved_at),
        (Clock.FIRST_HUB, reached_at, hub_hours, left_at),
    )
    return [
        _running(clock, legs[0], start, timedelta(hours=hours), done_at or parcel.refused_at, journey, policy)
        for clock, start, hours, done_at in wanted
        if start
    ]


def way_clocks(journey: Journey, policy: Policy) -> list[Running]:
    """Return the started clocks of carriers and hub: each leg's promise, the hub's forwarding, silence and loss."""
    rule, parcel = policy.logistics_trouble, journey.parcel
    if rule is None:
        return []
    found: list[Running] = []
    for leg in parcel.legs:
        if start := leg_starts_at(leg, parcel):
            allowed = promised(leg, journey, policy)
            found.append(_running(Clock.PROMISE, leg, start, allowed, leg_ended_at(leg, parcel), journey, policy))
        if (reached := hub_reached_at(leg, parcel)) and policy.remote_delivery:
            allowed = timedelta(hours=policy.remote_delivery.hub_forward_hours)
            ended_at = leg.first_scan_at or stopped_at(leg)
            found.append(_running(Clock.HUB_FORWARD, leg, reached, allowed, ended_at, journey, policy))
        if leg.last_scan_at and on_the_move(leg, leg.last_scan_at) and leg_ended_at(leg, parcel) is None:
            for clock, hours in ((Clock.STALL, rule.stall_hours), (Clock.LOSS, rule.loss_hours)):
                found.append(_running(clock, leg, leg.last_scan_at, timedelta(hours=hours), None, journey, policy))
    return found


def over(running: Running, journey: Journey) -> timedelta:
    """Return by how much a clock ran longer than was allowed, zero if it did not."""
    end = running.done_at or journey.as_of
    return max(ran(running.starts_at, end, running.clock, journey.order.suspensions) - running.allowed, timedelta())


def on_the_move(leg: Leg, at: datetime) -> bool:
    """Whether a leg travels at `at`: before the first movement and in the first hub the clocks of fake shipment run."""
    if leg.leg > 1:
        return leg.first_scan_at is not None
    if leg.moved_at is None or at < leg.moved_at:
        return False
    if leg.hub_reached_at is None or at < leg.hub_reached_at:
        return True
    return leg.hub_left_at is not None and at >= leg.hub_left_at


def leg_starts_at(leg: Leg, parcel: Parcel) -> datetime | None:
    """A leg starts with its first scan; from a hub it starts on reaching the hub, so that waiting there counts."""
    return hub_reached_at(leg, parcel) or leg.first_scan_at


def hub_reached_at(leg: Leg, parcel: Parcel) -> datetime | None:
    """Return when the leg before this one had brought the parcel to the hub."""
    return next((before.arrived_at for before in reversed(parcel.legs) if before.leg < leg.leg), None)


def leg_ended_at(leg: Leg, parcel: Parcel) -> datetime | None:
    """Return when a leg's carrier had done its part, or was stopped by the buyer or a return; None while it travels."""
    following = (after.first_scan_at for after in parcel.legs if after.leg > leg.leg)
    return leg.arrived_at or next(following, None) or stopped_at(leg)


def stopped_at(leg: Leg) -> datetime | None:
    """Return when a leg was stopped: refused at the door, or turned back."""
    return leg.refused_at or leg.going_back_at


def _left_hub(leg: Leg) -> datetime | None:
    return leg.hub_left_at or (leg.arrived_at if leg.hub_reached_at is None else None)


def _running(
    clock: Clock,
    leg: Leg,
    start: datetime,
    allowed: timedelta,
    done_at: datetime | None,
    journey: Journey,
    policy: Policy,
) -> Running:
    entries = journey.order.suspensions
    due_at = due_after(start, allowed, clock, entries)
    if clock is Clock.FIRST_SCAN and journey.order.presale:
        due_at = max(due_at, ship_by(journey.order, policy))
    said = told(start, due_at, clock, entries)
    return Running(clock, leg.leg, leg.carrier, start, allowed, due_at, done_at, said)


def _first(times: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in times if at is not None), default=None)
