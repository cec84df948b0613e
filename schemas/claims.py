"""Claims: asked for, shown, and acted on."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from schemas.fields import Measure, Money, identifier, money, text, whole, word
from schemas.lists import PageAsked
from schemas.vocabulary import Cause, Party, RefundStatus, Resolution, Stage, Status, WaitingOn

WHOLE_ORDER = frozenset({Cause.NOT_SHIPPED, Cause.LATE, Cause.LOST})
"""Causes that concern the parcel, so that a claim may leave out the line and the share."""

MOST_PHOTOS = 9
WHOLE_BP = 10_000


class Affected(Schema):
    """How much is bad: so many of the line's units, or a share of it in basis points."""

    quantity = Measure(above=0, most=1e9)
    share_bp = whole(1, WHOLE_BP)

    @validates_schema
    def is_said_one_way(self, affected: dict[str, Any], **_: Any) -> None:
        """Two figures could contradict each other."""
        if len(affected) != 1:
            raise ValidationError('give exactly one of the two: {"quantity": 2} or {"share_bp": 3000}')


def photos(**given: Any) -> fields.List[str]:
    """Return a field for the ids of uploaded photos."""
    return fields.List(
        identifier(),
        validate=validate.Length(0, MOST_PHOTOS, error=f"give at most {MOST_PHOTOS} photos"),
        **given,
    )


class ClaimAsked(Schema):
    """A claim as the buyer's app posts it."""

    order_id = identifier(required=True)
    line_id = identifier(load_default=None, allow_none=True)
    cause = word(Cause, required=True)
    affected = fields.Nested(Affected, load_default=None, allow_none=True)
    requested_resolution = word(Resolution, required=True)
    evidence = photos(load_default=list)
    note = text(2000, load_default="", allow_none=True)

    @validates_schema
    def fits_its_cause(self, claim: dict[str, Any], **_: Any) -> None:
        """Only what never came can be claimed without naming the line and the part."""
        whole_order = claim["cause"] in WHOLE_ORDER
        if claim["line_id"] is None and not whole_order:
            raise ValidationError(f"{claim['cause']} is about one line: name its line_id", "line_id")
        if claim["affected"] is None and not whole_order:
            raise ValidationError('say how much is bad: {"quantity": 2} or {"share_bp": 3000}', "affected")
        if claim["line_id"] is None and claim["affected"] and "quantity" in claim["affected"]:
            raise ValidationError(
                "a quantity counts the units of one line: name the line_id, or give share_bp",
                "affected.quantity",
            )
        if len(set(claim["evidence"])) != len(claim["evidence"]):
            raise ValidationError("a photo is there twice: name each once", "evidence")

    @post_load
    def fill_in(self, claim: dict[str, Any], **_: Any) -> dict[str, Any]:
        """What never came is missing whole."""
        return {**claim, "affected": claim["affected"] or {"share_bp": WHOLE_BP}, "note": claim["note"] or ""}


class ClaimsAsked(PageAsked):
    """Which claims to list."""

    order_id = text(128, load_default=None)
    farmer_id = text(128, load_default=None)
    status = word(Status, load_default=None)
    waiting_on = word(WaitingOn, load_default=None)


class LiabilityShown(Schema):
    """One party's share of what the buyer was granted."""

    party = word(Party)
    party_id = fields.String()
    share_bp = fields.Integer()
    amount = money()
    because = fields.String()


class CouponOfClaim(Schema):
    """A coupon that the claim was paid with; how it stands by now, `GET /v1/coupons/{id}` tells."""

    id = fields.String()
    amount = money()
    valid_until = fields.DateTime()


class ActionShown(Schema):
    """What can be done now, by whom, until when."""

    action = fields.String()
    by = word(Party)
    due_at = fields.DateTime(allow_none=True)


class ClaimShown(Schema):
    """A claim as it stands; `approved_amount` is null until it is decided."""

    id = fields.String()
    number = fields.String()
    version = fields.Integer()
    opened_by = fields.String()
    order_id = fields.String()
    line_id = fields.String(allow_none=True)
    buyer_id = fields.String()
    farmer_id = fields.String()
    cause = word(Cause)
    affected = fields.Nested(Affected)
    requested_resolution = word(Resolution)
    note = fields.String()
    guarantee = fields.String(allow_none=True)
    guarantee_zh = fields.String(allow_none=True)
    status = word(Status)
    status_detail = fields.String()
    stage = word(Stage)
    waiting_on = word(WaitingOn)
    refund_status = word(RefundStatus)
    requested_amount = money()
    approved_amount = fields.Nested(Money, allow_none=True)
    resolution = word(Resolution, allow_none=True)
    liability = fields.List(fields.Nested(LiabilityShown))
    coupons = fields.List(fields.Nested(CouponOfClaim))
    evidence = fields.List(fields.String())
    decisions = fields.List(fields.String())
    available_actions = fields.List(fields.Nested(ActionShown))
    opened_at = fields.DateTime()
    decided_at = fields.DateTime(allow_none=True)
    refunded_at = fields.DateTime(allow_none=True)
    response_due_at = fields.DateTime(allow_none=True)


class ClaimsShown(Schema):
    """A part of a list of claims, newest first."""

    data = fields.List(fields.Nested(ClaimShown))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)
