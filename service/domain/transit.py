"""What went wrong on the way, as abnormal hours with the party that answers for them."""

from dataclasses import dataclass
from datetime import timedelta

from schemas.vocabulary import Cause, Party
from service.domain.clocks import leg_ended_at, leg_starts_at
from service.domain.deadlines import ship_by, told_ship_by
from service.domain.facts import NOT_RECEIVED, Facts, Journey
from service.domain.lanes import promised
from service.domain.parcel import Leg, Parcel, warm_for
from service.domain.policy import Policy
from service.domain.suspensions import Clock, ran, told
from service.domain.wording import lasting, moment

PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Fault:
    """A party's abnormal time and the sentence that explains it."""

    party: Party
    party_id: str
    abnormal: timedelta
    because: str

    @property
    def minutes(self) -> int:
        """Whole minutes, at least one: a fault never weighs nothing."""
        return max(int(self.abnormal.total_seconds() // 60), 1)

    def joined(self, other: "Fault") -> "Fault":
        """Add another fault of the same party."""
        return Fault(self.party, self.party_id, self.abnormal + other.abnormal, f"{self.because}; {other.because}")


def shipping_fault(facts: Facts, policy: Policy) -> Fault | None:
    """The farmer answers for the hours between the shipping deadline and the first physical scan."""
    due = ship_by(facts.order, policy)
    late = (facts.parcel.shipped_at or facts.as_of) - due
    if late <= timedelta():
        return None
    what = "first physical scan" if facts.parcel.shipped_at else "no physical scan"
    said = f"due {moment(due)}{told_ship_by(facts.order, policy)}, {what} {lasting(late)} after it"
    return Fault(Party.FARMER, facts.order.farmer_id, late, said)


def transit_faults(facts: Facts, policy: Policy) -> list[Fault]:
    """Return every fault between packing and hand-over, in the order in which it came about."""
    found = [shipping_fault(facts, policy)]
    for leg in facts.parcel.legs:
        found += [
            late(leg, facts.journey, policy),
            warm(leg, facts.journey, policy),
            _damaged(leg, policy),
            _lost(leg, facts, policy),
        ]
    found.append(_late_pickup(facts, policy))
    return [fault for fault in found if fault]


def days_in_transit(parcel: Parcel) -> int | None:
    """Return the started days between the first physical scan and arrival, None while one of them is unknown."""
    arrived = parcel.station_drop_at or parcel.delivered_at
    if parcel.shipped_at is None or arrived is None:
        return None
    return max(-((parcel.shipped_at - arrived) // timedelta(days=1)), 1)


def unknown_facts(facts: Facts, policy: Policy) -> tuple[str, ...]:
    """Name what an attribution would have wanted to know and no source told."""
    parcel, cause = facts.parcel, facts.claim.cause
    if parcel.shipped_at is None:
        return () if cause in NOT_RECEIVED else ("how the parcel travelled: no physical scan",)
    limit = _warm_limit(facts.line.commodity, policy)
    checks = (
        (
            facts.line.commodity not in policy.commodities,
            f"the figures of {facts.line.commodity}: default window and tolerance used",
        ),
        (
            not parcel.station_drop_at and not parcel.delivered_at,
            "when the parcel was delivered: no delivery scan",
        ),
        (
            not any(leg.picked_up_at for leg in parcel.legs),
            "when the carrier took the parcel over: no pickup scan",
        ),
        (
            limit is not None and cause is Cause.ROTTEN and not any(leg.warmth for leg in parcel.legs),
            "the temperature on the way: no readings",
        ),
    )
    return tuple(name for missing, name in checks if missing)


def answering(leg: Leg) -> tuple[Party, str]:
    """From the hub on the platform forwards the parcel, and answers for it."""
    return (Party.CARRIER, leg.carrier) if leg.leg == 1 else (Party.PLATFORM, PLATFORM)


def late(leg: Leg, journey: Journey, policy: Policy) -> Fault | None:
    """Whoever carries a leg answers for the hours beyond its promise."""
    started = leg_starts_at(leg, journey.parcel)
    if started is None:
        return None
    allowed, entries = promised(leg, journey, policy), journey.order.suspensions
    ended = leg_ended_at(leg, journey.parcel) or journey.as_of
    took = ran(started, ended, Clock.PROMISE, entries)
    if took <= allowed:
        return None
    stood = told(started, ended, Clock.PROMISE, entries)
    said = f"leg {leg.leg} took {lasting(took)}, promised in {lasting(allowed)}{stood}"
    return Fault(*answering(leg), took - allowed, said)


def warm(leg: Leg, journey: Journey, policy: Policy) -> Fault | None:
    """Whoever carries a leg answers for the hours above the limit of what travels; a slight excess counts nothing."""
    limit, rule = _warm_limit(journey.commodity, policy), policy.liability
    if limit is None:
        return None
    peak, above = warm_for(leg.warmth, limit)
    if peak is None or (peak <= limit + rule.slight_celsius and above < timedelta(hours=rule.slight_hours)):
        return None
    weight = max(above, timedelta(hours=rule.warm_least_hours))
    said = f"leg {leg.leg} warm: up to {peak:g} °C, {limit:g} °C promised, {lasting(above)} above it"
    return Fault(*answering(leg), weight, said)


def _warm_limit(kind: str, policy: Policy) -> float | None:
    commodity = policy.commodities.get(kind)
    return commodity.warm_above_celsius if commodity else None


def _damaged(leg: Leg, policy: Policy) -> Fault | None:
    if leg.damaged_at is None:
        return None
    said = f"leg {leg.leg}: the carrier reported damage at {moment(leg.damaged_at)}"
    return Fault(*answering(leg), timedelta(hours=policy.liability.damage_hours), said)


def _lost(leg: Leg, facts: Facts, policy: Policy) -> Fault | None:
    """A parcel is lost by report, or by silence where nothing says that it arrived or turned back."""
    weight = timedelta(hours=policy.liability.damage_hours)
    if leg.lost_at:
        return Fault(*answering(leg), weight, f"leg {leg.leg}: the carrier reported a loss at {moment(leg.lost_at)}")
    on_its_way = (
        leg.last_scan_at
        and leg.leg == facts.parcel.legs[-1].leg
        and not (leg.arrived_at or leg.refused_at or leg.going_back_at)
    )
    if not on_its_way or leg.last_scan_at is None:
        return None
    silent = facts.as_of - leg.last_scan_at
    if silent <= timedelta(hours=policy.express_refund.untracked_hours):
        return None
    return Fault(*answering(leg), weight, f"leg {leg.leg}: no scan for {lasting(silent)}")


def _late_pickup(facts: Facts, policy: Policy) -> Fault | None:
    """A parcel that nobody fetched waited until it was reported overdue or sent back."""
    parcel, free = facts.parcel, timedelta(hours=policy.liability.pickup_free_hours)
    fetched = parcel.delivered_at is not None
    until = parcel.delivered_at or parcel.going_back_at or parcel.overdue_at
    if parcel.station_drop_at is None or until is None:
        return None
    waited = until - parcel.station_drop_at
    if waited <= free:
        return None
    what = "picked up" if fetched else "not picked up until"
    said = f"{what} {lasting(waited)} after the drop at the station, {lasting(free)} are free"
    return Fault(Party.BUYER, facts.buyer.buyer_id, waited - free, said)
