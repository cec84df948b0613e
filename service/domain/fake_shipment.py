"""虚假发货: a label without a parcel counts as not shipped, in four forms; the farmer answers for all of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.domain.clocks import Running, fake_clocks
from service.domain.divisions import apart, name_of
from service.domain.facts import Journey
from service.domain.policy import Policy
from service.domain.suspensions import Clock
from service.domain.wording import lasting, moment


class Form(StrEnum):
    """How a shipment is found to be none."""

    NO_SCAN = "no_scan"
    NO_MOVEMENT = "no_movement"
    FIRST_HUB = "first_hub"
    ROUTE = "route"


@dataclass(frozen=True, slots=True)
class Fake:
    """A form of fake shipment that came true at `since`, and stood until `until` (None: it still does)."""

    form: Form
    since: datetime
    until: datetime | None
    because: str

    def stood_at(self, at: datetime) -> bool:
        """Whether it stood at `at`, or came true only after it."""
        return self.until is None or self.until > at


_FORMS = {
    Clock.FIRST_SCAN: (Form.NO_SCAN, "waybill uploaded", "first physical scan", "no physical scan"),
    Clock.MOVEMENT: (Form.NO_MOVEMENT, "first scan", "first movement", "no movement"),
    Clock.FIRST_HUB: (Form.FIRST_HUB, "first hub reached", "left it", "has not left it"),
}


def fakes(journey: Journey, policy: Policy) -> tuple[Fake, ...]:
    """Return every form that came true, also where scans refuted it too late."""
    found = [_missed(running, journey) for running in fake_clocks(journey, policy) if running.missed(journey.as_of)]
    if policy.fake_shipment and policy.fake_shipment.route_must_lead_to_address:
        astray, said = route(journey)
        if astray:
            found.append(Fake(Form.ROUTE, _handed_over_at(journey), None, said))
    return tuple(found)


def route(journey: Journey) -> tuple[bool | None, str]:
    """Say whether the way came out elsewhere than at the address, None where the carrier's places do not tell.

    Leg 1 of two ends at a hub, whose place no order names; the leg that ends at the address is not the farmer's.
    """
    parcel, order = journey.parcel, journey.order
    ends = {leg.ended_in for leg in parcel.legs if leg.ended_in}
    if not parcel.legs:
        return None, "route unknown: the order names no waybill"
    if parcel.legs[-1].leg > 1:
        return None, "route unknown: it goes through a hub"
    if len(ends) != 1 or not order.region:
        return None, "route unknown: the carrier's places or the address name no region"
    [end] = ends
    astray = apart(end, order.region)
    if astray is None:
        return None, f"route unknown: handed over in {name_of(end)}, which says too little"
    said = f"handed over in {name_of(end)}, the address is in {name_of(order.region)}"
    return astray, said


def counts_as_not_shipped(journey: Journey, policy: Policy) -> bool:
    """Say whether a fake shipment stands: then nothing is on its way, and nobody on the way is held to anything new."""
    return any(fake.until is None for fake in fakes(journey, policy))


def counted_as_shipped_at(journey: Journey, policy: Policy, opened_at: datetime) -> datetime | None:
    """Return when the parcel was really shipped: its first scan, or the scan that ended a fake shipment after that.

    Only what still stood when the claim was opened is held against the farmer.
    """
    shipped_at = journey.parcel.shipped_at
    standing = [fake for fake in fakes(journey, policy) if fake.stood_at(opened_at)]
    if shipped_at is None or any(fake.until is None for fake in standing):
        return None
    return max([shipped_at, *(fake.until for fake in standing if fake.until)])


def _missed(running: Running, journey: Journey) -> Fake:
    form, start, done, undone = _FORMS[running.clock]
    late = lasting((running.done_at or journey.as_of) - running.due_at)
    what = f"{done} {late} after that" if running.done_at else f"{undone} until {late} after that"
    said = f"{start} {moment(running.starts_at)}, due {moment(running.due_at)}{running.said}: {what}"
    return Fake(form, running.due_at, running.done_at, said)


def _handed_over_at(journey: Journey) -> datetime:
    arrived = [leg.arrived_at for leg in journey.parcel.legs if leg.arrived_at]
    return min(arrived, default=journey.as_of)
