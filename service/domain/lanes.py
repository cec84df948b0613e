"""What the carriers promise: hours on the way by region, season and kind of produce."""

from datetime import timedelta

from service.domain.facts import Journey, OrderFacts
from service.domain.parcel import Leg
from service.domain.policy import Lane, LaneTerm, Policy
from service.domain.remote import Tier, exactness
from service.domain.wording import CHINA

LEAST_HOURS = 1


def tier_of(order: OrderFacts, policy: Policy) -> Tier:
    """Return how far away an order goes."""
    return policy.remote_delivery.tier_of(order) if policy.remote_delivery else Tier.ORDINARY


def lane_of(journey: Journey, policy: Policy) -> Lane:
    """Return the promise for a journey: its lane, and what the terms for its season, produce and region add."""
    order = journey.order
    fitting = {exactness(order, key): lane for key, lane in policy.lanes.items()}
    best = max(fitting, default=0)
    lane = fitting[best] if best else policy.default_lane
    terms = [term for term in policy.lane_terms if _fits(term, journey)]
    return Lane(
        transit_hours=max(lane.transit_hours + sum(term.transit_hours for term in terms), LEAST_HOURS),
        hub_hours=max(lane.hub_hours + sum(term.hub_hours for term in terms), LEAST_HOURS),
    )


def promised(leg: Leg, journey: Journey, policy: Policy) -> timedelta:
    """Return how long a leg may take; the last leg to a village has longer."""
    lane = lane_of(journey, policy)
    hours = lane.transit_hours if leg.leg == 1 else lane.hub_hours
    remote, order = policy.remote_delivery, journey.order
    if remote and order.to_village and leg.leg == journey.parcel.legs[-1].leg:
        hours += remote.village_hours.of(remote.tier_of(order))
    return timedelta(hours=hours)


def _fits(term: LaneTerm, journey: Journey) -> bool:
    """A season is that of the day on which the parcel is promised to leave, so it is known once the order is paid."""
    order = journey.order
    leaves_at = order.ship_by if order.presale and order.ship_by else order.paid_at
    return (
        (not term.commodities or journey.commodity in term.commodities)
        and (not term.months or leaves_at.astimezone(CHINA).month in term.months)
        and (not term.regions or any(exactness(order, key) for key in term.regions))
    )
