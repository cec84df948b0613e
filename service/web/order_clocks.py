"""The clocks of an order as people see them: what is promised, until when, and how it stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from schemas.vocabulary import Status, WaitingOn
from service.domain.clocks import Running, fake_clocks, way_clocks
from service.domain.deadlines import (
    response_hours,
    severely_late_at,
    ship_by,
    told_ship_by,
    window_closes_at,
    window_of,
)
from service.domain.facts import CANCELLED, Journey
from service.domain.fake_shipment import route
from service.domain.guarantees import Guarantee
from service.domain.lanes import lane_of, tier_of
from service.domain.policy import Policy
from service.domain.suspensions import Clock
from service.web.pages import moment

Shown = dict[str, Any]

_PROMISED_BY = {
    Clock.FIRST_SCAN: Guarantee.FAKE_SHIPMENT,
    Clock.MOVEMENT: Guarantee.FAKE_SHIPMENT,
    Clock.FIRST_HUB: Guarantee.FAKE_SHIPMENT,
    Clock.PROMISE: Guarantee.LOGISTICS_TROUBLE,
    Clock.STALL: Guarantee.LOGISTICS_TROUBLE,
    Clock.LOSS: Guarantee.LOGISTICS_TROUBLE,
    Clock.HUB_FORWARD: Guarantee.REMOTE_DELIVERY,
}


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order's row with its journey as of the database's clock, and its claims."""

    row: Shown
    journey: Journey
    claims: tuple[Shown, ...] = ()


def clocks(ordered: Ordered, policy: Policy) -> list[Shown]:
    """Return every clock of the order, those included that did not start yet; a cancelled order promises nothing."""
    if ordered.row["status"] == CANCELLED:
        return []
    return [
        *_before_shipping(ordered, policy),
        *_on_the_way(ordered.journey, policy),
        *(_window(line, ordered, policy) for line in ordered.row["snapshot"]["lines"]),
        *_of_claims(ordered, policy),
    ]


def route_shown(journey: Journey) -> Shown:
    """Say whether the way led to the address, as far as the carrier's places tell."""
    astray, said = route(journey)
    return {"leads_to_address": None if astray is None else not astray, "because": said}


def _before_shipping(ordered: Ordered, policy: Policy) -> list[Shown]:
    journey = ordered.journey
    order, shipped_at, now = journey.order, journey.parcel.shipped_at, journey.as_of
    said = told_ship_by(order, policy).removeprefix(", ")
    express_until = order.paid_at + timedelta(hours=policy.express_refund.within_hours_of_payment)
    leaving = "closed" if shipped_at or now >= express_until else "running"
    due = {"ship_by": ship_by(order, policy), "severely_late": severely_late_at(order, policy)}
    return [
        *(
            _clock(name, Guarantee.SHIPPING_DEADLINE, at - order.paid_at, _race(at, shipped_at, now), at, now)
            | {"extended": said}
            for name, at in due.items()
        ),
        _clock("free_to_leave", Guarantee.EXPRESS_REFUND, express_until - order.paid_at, leaving, express_until, now),
    ]


def _on_the_way(journey: Journey, policy: Policy) -> list[Shown]:
    started = [*fake_clocks(journey, policy), *way_clocks(journey, policy)]
    shown = [_started(running, journey.as_of) for running in started]
    told = {running.clock for running in started}
    return shown + [
        _clock(clock, _PROMISED_BY[clock], timedelta(hours=hours), "not_started")
        for clock, hours in _allowed_hours(journey, policy).items()
        if clock not in told
    ]


def _allowed_hours(journey: Journey, policy: Policy) -> dict[Clock, int]:
    """What each clock will allow once it starts; one that the policy does not know is not promised."""
    fake, trouble, remote = policy.fake_shipment, policy.logistics_trouble, policy.remote_delivery
    allowed: dict[Clock, int] = {}
    if fake:
        allowed |= {Clock.FIRST_SCAN: fake.scan_hours, Clock.MOVEMENT: fake.move_hours}
        allowed[Clock.FIRST_HUB] = fake.leave_hub_hours.of(tier_of(journey.order, policy))
    if trouble:
        allowed |= {Clock.PROMISE: lane_of(journey, policy).transit_hours, Clock.STALL: trouble.stall_hours}
        allowed[Clock.LOSS] = trouble.loss_hours
    if remote and any(leg.leg > 1 for leg in journey.parcel.legs):
        allowed[Clock.HUB_FORWARD] = remote.hub_forward_hours
    return allowed


def _started(running: Running, now: datetime) -> Shown:
    status = _race(running.due_at, running.done_at, now)
    shown = _clock(running.clock, _PROMISED_BY[running.clock], running.allowed, status, running.due_at, now)
    return shown | {"leg": running.leg, "extended": running.said.removeprefix(", ")}


def _race(due_at: datetime, done_at: datetime | None, now: datetime) -> str:
    """A promise that a scan must beat."""
    if done_at:
        return "met" if done_at <= due_at else "missed"
    return "running" if now < due_at else "missed"


def _window(line: Shown, ordered: Ordered, policy: Policy) -> Shown:
    """The claim window of a line, from its commodity; it starts with the delivery scan."""
    journey, senior = ordered.journey, ordered.row["buyer_senior"]
    due_at = window_closes_at(journey.order, journey.parcel, line["commodity"], senior, policy)
    allowed = window_of(journey.order, line["commodity"], senior, policy)
    status = "not_started" if due_at is None else "running" if journey.as_of < due_at else "closed"
    window = _clock("claim_window", Guarantee.ROTTEN_GUARANTEED, allowed, status, due_at, journey.as_of)
    return window | {"line_id": line["line_id"]}


def _of_claims(ordered: Ordered, policy: Policy) -> list[Shown]:
    """The farmer's time to answer and everyone's to appeal, claim by claim; before any claim, what they will be."""
    now, shown = ordered.journey.as_of, []
    answering = timedelta(hours=response_hours(ordered.journey.parcel, policy))
    appealing = timedelta(days=policy.appeal.window_days)
    for claim in ordered.claims:
        asked = claim["waiting_on"] == WaitingOn.FARMER
        if asked and claim["response_due_at"]:
            status = "running" if now < claim["response_due_at"] else "closed"
            due_at = claim["response_due_at"]
            clock = _clock("farmer_response", Guarantee.REFUND_ONLY, answering, status, due_at, now)
            shown.append(clock | {"claim_id": claim["claim_id"]})
        if claim["decided_at"] and claim["status"] in (Status.APPROVED, Status.APPROVED_PARTIAL, Status.REJECTED):
            until = claim["decided_at"] + appealing
            clock = _clock("appeal", None, appealing, "running" if now < until else "closed", until, now)
            shown.append(clock | {"claim_id": claim["claim_id"]})
    told = {clock["clock"] for clock in shown}
    coming = {"farmer_response": (Guarantee.REFUND_ONLY, answering), "appeal": (None, appealing)}
    return shown + [
        _clock(name, guarantee, allowed, "not_started")
        for name, (guarantee, allowed) in coming.items()
        if name not in told
    ]


def _clock(
    name: str,
    guarantee: Guarantee | None,
    allowed: timedelta,
    status: str,
    due_at: datetime | None = None,
    now: datetime | None = None,
) -> Shown:
    left = due_at - now if status == "running" and due_at and now else None
    return {
        "guarantee": guarantee or "appeal",
        "name_zh": guarantee.name_zh if guarantee else "申诉",
        "clock": name,
        "line_id": None,
        "leg": None,
        "claim_id": None,
        "hours": round(allowed / timedelta(hours=1), 1),
        "due_at": moment(due_at),
        "seconds_left": int(left.total_seconds()) if left is not None else None,
        "status": status,
        "extended": "",
    }
