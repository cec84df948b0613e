"""Which guarantee a claim falls under; the first that fits."""

from enum import StrEnum

from schemas.vocabulary import Cause, Resolution
from service.domain.facts import Facts
from service.domain.policy import Policy

NOT_RECEIVED = frozenset({Cause.NOT_SHIPPED, Cause.LATE, Cause.LOST})


class Guarantee(StrEnum):
    """The promises that this service can decide, by their Chinese names."""

    ROTTEN_GUARANTEED = "rotten_guaranteed"
    EXPRESS_REFUND = "express_refund"
    SHIPPING_DEADLINE = "shipping_deadline"
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
    Guarantee.REFUND_ONLY: "特殊情况仅退款",
    Guarantee.BY_PERSON: "平台介入",
}


def guarantee_of(facts: Facts, policy: Policy) -> Guarantee:
    """Return the guarantee whose rules decide this claim."""
    cause, wanted = facts.claim.cause, facts.claim.requested_resolution
    if wanted is Resolution.COMPENSATION and cause in (Cause.NOT_SHIPPED, Cause.LATE):
        return Guarantee.SHIPPING_DEADLINE
    if wanted is not Resolution.REFUND_ONLY or cause is Cause.CHEAPER_ELSEWHERE:
        return Guarantee.BY_PERSON
    if cause in NOT_RECEIVED or facts.parcel.refused_at or facts.parcel.going_back_at:
        return Guarantee.EXPRESS_REFUND
    if cause in policy.rotten_guaranteed.causes:
        return Guarantee.ROTTEN_GUARANTEED
    return Guarantee.REFUND_ONLY
