"""The clocks of an order and a claim, all counted from facts and policy, never from the machine's clock."""

from datetime import datetime, timedelta

from service.domain.facts import Facts, OrderFacts
from service.domain.parcel import Parcel
from service.domain.policy import Policy, WindowStart
from service.domain.suspensions import Clock, due_after, told


def ship_by(order: OrderFacts, policy: Policy) -> datetime:
    """Return when the first physical scan is due: a presale's promised date, else the earlier of promise and rule.

    Later by as long as force majeure stopped the clock.
    """
    return _extended(order, _promised_ship_by(order, policy))


def severely_late_at(order: OrderFacts, policy: Policy) -> datetime:
    """Return when lateness turns severe, counted from payment, or from a presale's date by the same distance."""
    rule = policy.shipping_deadline
    if order.presale and order.ship_by:
        severe = order.ship_by + timedelta(hours=rule.severe_after_hours - rule.ship_within_hours)
    else:
        severe = order.paid_at + timedelta(hours=rule.severe_after_hours)
    return _extended(order, severe)


def told_ship_by(order: OrderFacts, policy: Policy) -> str:
    """Return the words that name what extended the shipping deadline, empty if nothing did."""
    return told(order.paid_at, ship_by(order, policy), Clock.SHIP_BY, order.suspensions)


def window_of(order: OrderFacts, commodity: str, senior: bool, policy: Policy) -> timedelta:
    """Return how long after delivery a claim can be opened; a village far away has longer."""
    remote = policy.remote_delivery if order.to_village else None
    longer = remote.village_window_hours.of(remote.tier_of(order)) if remote else 0
    return policy.window(commodity, senior) + timedelta(hours=longer)


def window_starts_at(parcel: Parcel, policy: Policy) -> datetime | None:
    """Return the scan from which the claim window counts, None while there is none."""
    if policy.rotten_guaranteed.window_starts_at is WindowStart.STATION_DROP:
        return parcel.station_drop_at or parcel.delivered_at
    return parcel.delivered_at or parcel.station_drop_at


def window_closes_at(
    order: OrderFacts, parcel: Parcel, commodity: str, senior: bool, policy: Policy
) -> datetime | None:
    """Return the end of the claim window for a commodity, None before delivery."""
    start = window_starts_at(parcel, policy)
    return start + window_of(order, commodity, senior, policy) if start else None


def response_hours(parcel: Parcel, policy: Policy) -> int:
    """Return how long the farmer has to answer, shorter while nothing has been shipped."""
    rule = policy.refund_only
    return rule.response_hours if parcel.shipped_at else rule.response_hours_before_shipping


def response_due_at(facts: Facts, policy: Policy) -> datetime:
    """Return when a farmer's silence becomes consent; a question first asked now counts from now."""
    asked_at = facts.farmer.asked_at or facts.as_of
    return facts.farmer.response_due_at or asked_at + timedelta(hours=response_hours(facts.parcel, policy))


def buyer_due_at(facts: Facts, policy: Policy) -> datetime:
    """Return when a claim without the photos it needs is dropped; a buyer first asked now counts from now."""
    return (facts.buyer.photos_asked_at or facts.as_of) + timedelta(hours=policy.review.buyer_response_hours)


def _promised_ship_by(order: OrderFacts, policy: Policy) -> datetime:
    by_rule = order.paid_at + timedelta(hours=policy.shipping_deadline.ship_within_hours)
    if order.ship_by is None:
        return by_rule
    return order.ship_by if order.presale else min(order.ship_by, by_rule)


def _extended(order: OrderFacts, due_at: datetime) -> datetime:
    """A date in the past of the payment, an order service's slip, has no time in which anything could stand still."""
    if due_at <= order.paid_at:
        return due_at
    return due_after(order.paid_at, due_at - order.paid_at, Clock.SHIP_BY, order.suspensions)
