"""Which guarantee a claim falls under; the first that fits."""

from enum import StrEnum

from schemas.vocabulary import Cause, OpenedBy, Resolution
from service.domain.deadlines import ship_by
from service.domain.facts import NOT_RECEIVED as NOT_RECEIVED
from service.domain.facts import Facts
from service.domain.fake_shipment import Form, fakes
from service.domain.once import once_a_claim
from service.domain.policy import Policy
from service.domain.trouble import troubles


class Guarantee(StrEnum):
    """The promises of this service, by their Chinese names; that of remote delivery is a matter of clocks and legs."""

    ROTTEN_GUARANTEED = "rotten_guaranteed"
    EXPRESS_REFUND = "express_refund"
    SHIPPING_DEADLINE = "shipping_deadline"
    FAKE_SHIPMENT = "fake_shipment"
    LOGISTICS_TROUBLE = "logistics_trouble"
    REMOTE_DELIVERY = "remote_delivery"
    REFUND_ONLY = "refund_only"
    BY_PERSON = "by_person"

    @property
    def name_zh(self) -> str:
        """The name that users know."""
        return _NAMES_ZH[self]


_NAMES_ZH = {
    Guarantee.ROTTEN_GUARANTEED: "坏了包赔",
    Guarantee.EXPRESS_REFUND: "极速退款",
    Guarantee.SHIPPING_DEADLINE: "48小时发货",
    Guarantee.FAKE_SHIPMENT: "虚假发货",
    Guarantee.LOGISTICS_TROUBLE: "物流异常补贴券",
    Guarantee.REMOTE_DELIVERY: "新疆包邮到村",
    Guarantee.REFUND_ONLY: "特殊情况仅退款",
    Guarantee.BY_PERSON: "平台介入",
}


NOT_SHIPPED = frozenset({Guarantee.SHIPPING_DEADLINE, Guarantee.FAKE_SHIPMENT})
"""Compensated once together: a parcel that was not shipped is one fault, however it came to light."""

COMPENSATIONS = NOT_SHIPPED | {Guarantee.LOGISTICS_TROUBLE}
"""What is paid on top of the goods, and leaves the line's amount alone."""


@once_a_claim
def guarantee_of(facts: Facts, policy: Policy) -> Guarantee:
    """Return the guarantee whose rules decide this claim."""
    cause, wanted = facts.claim.cause, facts.claim.requested_resolution
    if wanted is Resolution.COMPENSATION and cause in NOT_RECEIVED:
        return _compensation(facts, policy)
    if wanted is not Resolution.REFUND_ONLY or cause is Cause.CHEAPER_ELSEWHERE:
        return Guarantee.BY_PERSON
    if cause in NOT_RECEIVED or facts.parcel.refused_at or facts.parcel.going_back_at:
        return Guarantee.EXPRESS_REFUND
    if cause in policy.rotten_guaranteed.causes:
        return Guarantee.ROTTEN_GUARANTEED
    return Guarantee.REFUND_ONLY


def _compensation(facts: Facts, policy: Policy) -> Guarantee:
    cause = facts.claim.cause
    if cause is Cause.NOT_SHIPPED:
        return _not_shipped(facts, policy)
    if policy.logistics_trouble is None:
        return Guarantee.SHIPPING_DEADLINE if cause is Cause.LATE else Guarantee.BY_PERSON
    if cause is Cause.LOST or facts.claim.opened_by is OpenedBy.SYSTEM:
        return Guarantee.LOGISTICS_TROUBLE
    if facts.claim.granted_under is not None:
        return Guarantee(facts.claim.granted_under)
    owed = _shipped_late(facts, policy) and facts.order.compensated_by is None
    on_the_way = not owed and troubles(facts.journey, policy, facts.claim.opened_at)
    return Guarantee.LOGISTICS_TROUBLE if on_the_way else Guarantee.SHIPPING_DEADLINE


def _not_shipped(facts: Facts, policy: Policy) -> Guarantee:
    """Without any scan a missed shipping deadline says more than a missed first scan of the label."""
    forms = {fake.form for fake in fakes(facts.journey, policy) if fake.stood_at(facts.claim.opened_at)}
    if forms - {Form.NO_SCAN} or (forms and not _shipped_late(facts, policy)):
        return Guarantee.FAKE_SHIPMENT
    return Guarantee.SHIPPING_DEADLINE


def _shipped_late(facts: Facts, policy: Policy) -> bool:
    """A buyer's late claim is about the farmer's deadline, and about the way where that was kept or is paid for."""
    return (facts.parcel.shipped_at or facts.as_of) > ship_by(facts.order, policy)
