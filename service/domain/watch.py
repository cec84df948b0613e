"""What an order's clocks come to: which compensations are owed by now, and when to look again."""

from datetime import datetime, timedelta

from schemas.vocabulary import Cause
from service.domain.clocks import Running, fake_clocks, over, way_clocks
from service.domain.deadlines import severely_late_at, ship_by
from service.domain.facts import CANCELLED, OUT_OF_STOCK, Journey
from service.domain.fake_shipment import counts_as_not_shipped, fakes
from service.domain.policy import Policy
from service.domain.suspensions import Clock, due_after
from service.domain.trouble import troubles


def owed(journey: Journey, policy: Policy) -> frozenset[Cause]:
    """Return the causes for which the buyer is compensated without asking, as of now: at most one for each fault."""
    order = journey.order
    if order.status == CANCELLED or order.currency != policy.currency:
        return frozenset()
    found = {
        Cause.NOT_SHIPPED: _not_shipped(journey, policy),
        Cause.LATE: not counts_as_not_shipped(journey, policy) and bool(troubles(journey, policy, journey.as_of)),
    }
    return frozenset(cause for cause, true in found.items() if true)


def next_look_at(journey: Journey, policy: Policy) -> datetime | None:
    """Return when the next clock runs out, None if none runs: then only news of the parcel can change anything."""
    order, shipped_at = journey.order, journey.parcel.shipped_at
    if order.status == CANCELLED or order.currency != policy.currency:
        return None
    times = [running.due_at for running in fake_clocks(journey, policy) if running.done_at is None]
    if shipped_at is None:
        times.append(ship_by(order, policy))
    if shipped_at is None or counts_as_not_shipped(journey, policy):
        times.append(severely_late_at(order, policy))
    for running in way_clocks(journey, policy):
        if running.done_at is None:
            times += [running.due_at, *_further_days(running, journey, policy)]
    return min((at for at in times if at >= journey.as_of), default=None)


def _not_shipped(journey: Journey, policy: Policy) -> bool:
    shipped_at = journey.parcel.shipped_at
    if shipped_at is None and journey.order.status == OUT_OF_STOCK:
        return True
    if (shipped_at or journey.as_of) > ship_by(journey.order, policy):
        return True
    return any(fake.stood_at(journey.as_of) for fake in fakes(journey, policy))


def _further_days(running: Running, journey: Journey, policy: Policy) -> list[datetime]:
    """A promise broken by a day more is worth more, until the last figure."""
    if running.clock is not Clock.PROMISE or policy.logistics_trouble is None:
        return []
    ended = (other for other in way_clocks(journey, policy) if other.clock is Clock.PROMISE and other.done_at)
    before = sum((over(other, journey) for other in ended), timedelta())
    days = (timedelta(days=day) - before for day in range(1, len(policy.logistics_trouble.late)))
    return [
        due_after(running.starts_at, running.allowed + more, running.clock, journey.order.suspensions)
        for more in days
        if more > timedelta()
    ]
