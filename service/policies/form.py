"""The form of a policy file: every key with its type and range, so that a typo is found at start."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from schemas.vocabulary import Cause
from service.domain import policy
from service.domain.money import WHOLE_BP


def _count(least: int = 0) -> fields.Integer:
    return fields.Integer(strict=True, required=True, validate=validate.Range(min=least))


def _share() -> fields.Integer:
    return fields.Integer(strict=True, required=True, validate=validate.Range(min=1, max=WHOLE_BP))


def _curve(*, required: bool) -> fields.List[int]:
    shares = fields.Integer(strict=True, validate=validate.Range(min=0, max=WHOLE_BP))
    default: dict[str, Any] = {"required": True} if required else {"load_default": ()}
    return fields.List(shares, validate=validate.Length(min=1), **default)


class _Form(Schema):
    """Loads into the dataclass named by `makes`, lists as tuples."""

    makes: Callable[..., Any]

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Any:
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
        return type(self).makes(**values)


class PhotosForm(_Form):
    makes = policy.PhotosNeeded
    up_to = fields.Integer(strict=True, required=True, allow_none=True, validate=validate.Range(min=1))
    count = _count()


class RottenGuaranteedForm(_Form):
    makes = policy.RottenGuaranteed
    causes = fields.List(fields.Enum(Cause, by_value=True), required=True)
    window_starts_at = fields.Enum(policy.WindowStart, by_value=True, required=True)
    default_window_hours = _count(1)
    steps_bp = fields.List(_share(), required=True, validate=validate.Length(min=1))
    full_refund_above_bp = _share()
    photos = fields.List(fields.Nested(PhotosForm), required=True)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        steps = data["steps_bp"]
        if steps != sorted(set(steps)) or steps[-1] != WHOLE_BP:
            raise ValidationError("must rise and end at 10000: put the steps in order", "steps_bp")
        limits = [needed.up_to for needed in data["photos"]]
        if not limits or limits[-1] is not None or None in limits[:-1] or limits[:-1] != sorted(limits[:-1]):
            raise ValidationError("up_to must rise and end with null: cover every amount", "photos")


class ExpressRefundForm(_Form):
    makes = policy.ExpressRefund
    within_hours_of_payment = _count()
    untracked_hours = _count(1)
    order_limit = _count()
    buyer_day_count = _count()
    buyer_day_limit = _count()


class ShippingDeadlineForm(_Form):
    makes = policy.ShippingDeadline
    ship_within_hours = _count(1)
    flat = _count()
    flat_up_to = _count()
    share_bp = _share()
    most = _count()
    severe_after_hours = _count(1)
    severe_share_bp = _share()
    severe_least = _count()
    severe_most = _count()

    @validates_schema
    def _severe_is_later(self, data: dict[str, Any], **_: Any) -> None:
        if data["severe_after_hours"] < data["ship_within_hours"]:
            raise ValidationError("must not come before ship_within_hours: raise it", "severe_after_hours")


class RefundOnlyForm(_Form):
    makes = policy.RefundOnly
    response_hours = _count(1)
    response_hours_before_shipping = _count(1)


class ReviewForm(_Form):
    makes = policy.Review
    amount_above = _count()
    buyer_claims_above = _count()
    buyer_claims_days = _count(1)
    mediation_hours = _count(1)


class SeniorForm(_Form):
    makes = policy.Senior
    extra_window_hours = _count()
    photos = _count()


class AppealForm(_Form):
    makes = policy.Appeal
    window_days = _count()


class PayoutsForm(_Form):
    makes = policy.Payouts
    hold_days = _count(1)


class LiabilityForm(_Form):
    makes = policy.Liability
    slight_celsius = fields.Float(required=True, validate=validate.Range(min=0))
    slight_hours = _count()
    warm_least_hours = _count()
    damage_hours = _count(1)
    pickup_free_hours = _count()


class LaneForm(_Form):
    makes = policy.Lane
    transit_hours = _count(1)
    hub_hours = _count(1)


class CommodityForm(_Form):
    makes = policy.Commodity
    name_zh = fields.String(required=True, validate=validate.Length(min=1))
    claim_window_hours = _count(1)
    warm_above_celsius = fields.Float(required=True, allow_none=True)
    tolerance_bp = _curve(required=False)


class PolicyForm(Schema):
    """A whole file."""

    version = fields.String(required=True)
    effective_from = fields.AwareDateTime(required=True)
    rotten_guaranteed = fields.Nested(RottenGuaranteedForm, required=True)
    express_refund = fields.Nested(ExpressRefundForm, required=True)
    shipping_deadline = fields.Nested(ShippingDeadlineForm, required=True)
    refund_only = fields.Nested(RefundOnlyForm, required=True)
    review = fields.Nested(ReviewForm, required=True)
    senior = fields.Nested(SeniorForm, required=True)
    appeal = fields.Nested(AppealForm, required=True)
    payouts = fields.Nested(PayoutsForm, required=True)
    liability = fields.Nested(LiabilityForm, required=True)
    default_lane = fields.Nested(LaneForm, required=True)
    lanes = fields.Dict(fields.String(), fields.Nested(LaneForm), required=True)
    default_tolerance_bp = _curve(required=True)
    commodities = fields.Dict(fields.String(), fields.Nested(CommodityForm), required=True)
