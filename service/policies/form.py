"""The form of a policy file: every key with its kind and range, so that a typo is found at start."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, post_load, validates_schema

from schemas.vocabulary import Cause
from service.domain import policy
from service.domain.money import WHOLE_BP
from service.policies import entries


class _Spoken(Schema):
    """Every fault names its remedy."""

    error_messages = {"type": entries.NO_MAPPING, "unknown": entries.UNKNOWN}  # noqa: RUF012 (marshmallow's own form)


class _Form(_Spoken):
    """Loads into the dataclass named by `makes`, lists as tuples."""

    makes: Callable[..., Any]

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Any:
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
        return type(self).makes(**values)


class PhotosForm(_Form):
    """Photos needed up to an amount."""

    makes = policy.PhotosNeeded
    up_to = entries.count(1, none=True)
    count = entries.count()


class RottenGuaranteedForm(_Form):
    """坏了包赔."""

    makes = policy.RottenGuaranteed
    causes = entries.listed(entries.choice(Cause))
    window_starts_at = entries.choice(policy.WindowStart)
    default_window_hours = entries.count(1)
    steps_bp = entries.listed(entries.share())
    full_refund_above_bp = entries.share()
    photos = entries.listed(entries.under(PhotosForm))

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        steps = data["steps_bp"]
        if steps != sorted(set(steps)) or steps[-1] != WHOLE_BP:
            raise ValidationError("must rise and end at 10000: put the steps in order", "steps_bp")
        *limits, last = [needed.up_to for needed in data["photos"]]
        if last is not None or None in limits or limits != sorted(set(limits)):
            raise ValidationError("up_to must rise and end with null: cover every amount", "photos")


class ExpressRefundForm(_Form):
    """极速退款."""

    makes = policy.ExpressRefund
    within_hours_of_payment = entries.count()
    untracked_hours = entries.count(1)
    order_limit = entries.count()
    buyer_day_count = entries.count()
    buyer_day_limit = entries.count()


class ShippingDeadlineForm(_Form):
    """48小时发货."""

    makes = policy.ShippingDeadline
    ship_within_hours = entries.count(1)
    grace_seconds = entries.count()
    flat = entries.count(1)
    flat_up_to = entries.count()
    share_bp = entries.share()
    most = entries.count(1)
    severe_after_hours = entries.count(1)
    severe_share_bp = entries.share()
    severe_least = entries.count()
    severe_most = entries.count(1)
    paid_as = entries.choice(policy.PaidAs, otherwise=policy.PaidAs.CASH)

    @validates_schema
    def _severe_is_later(self, data: dict[str, Any], **_: Any) -> None:
        if data["severe_after_hours"] < data["ship_within_hours"]:
            raise ValidationError("must not come before ship_within_hours: raise it", "severe_after_hours")
        if data["severe_most"] < data["severe_least"]:
            raise ValidationError("must not be below severe_least: raise it", "severe_most")


class RefundOnlyForm(_Form):
    """特殊情况仅退款."""

    makes = policy.RefundOnly
    response_hours = entries.count(1)
    response_hours_before_shipping = entries.count(1)


class ReviewForm(_Form):
    """平台介入."""

    makes = policy.Review
    amount_above = entries.count()
    buyer_claims_above = entries.count()
    buyer_claims_days = entries.count(1)
    mediation_hours = entries.count(1)
    buyer_response_hours = entries.count(1)


class SeniorForm(_Form):
    """银发族."""

    makes = policy.Senior
    extra_window_hours = entries.count()
    photos = entries.count()


class AppealForm(_Form):
    """申诉."""

    makes = policy.Appeal
    window_days = entries.count()


class PayoutsForm(_Form):
    """零佣金."""

    makes = policy.Payouts
    hold_days = entries.count(1)


class LiabilityForm(_Form):
    """How causes weigh against each other."""

    makes = policy.Liability
    slight_celsius = entries.celsius(least=0)
    slight_hours = entries.count()
    warm_least_hours = entries.count()
    damage_hours = entries.count(1)
    pickup_free_hours = entries.count()


class CouponsForm(_Form):
    """补贴券."""

    makes = policy.Coupons
    valid_days = entries.count(1)


class FilingForm(_Form):
    """A carrier's own deadline."""

    makes = policy.Filing
    filing_days = entries.count(1)


class RecoveryForm(_Form):
    """承运商追偿."""

    makes = policy.Recovery
    filing_days = entries.count(1)
    remind_days = entries.count()
    carriers = entries.named(FilingForm)


class LaneForm(_Form):
    """The carriers' promise to a region."""

    makes = policy.Lane
    transit_hours = entries.count(1)
    hub_hours = entries.count(1)


class CarriersForm(_Form):
    """How far providers of tracking are believed."""

    makes = policy.Carriers
    weak_amount_above = entries.count(none=True)
    confirm_within_hours = entries.count(1)
    apart_hours = entries.count(1)


class CommodityForm(_Form):
    """One kind of produce."""

    makes = policy.Commodity
    name_zh = entries.text()
    claim_window_hours = entries.count(1)
    warm_above_celsius = entries.celsius(none=True)
    tolerance_bp = entries.listed(entries.share(0), optional=True)


class PolicyForm(_Spoken):
    """A whole file."""

    version = entries.text()
    effective_from = entries.moment()
    currency = entries.text()
    rotten_guaranteed = entries.under(RottenGuaranteedForm)
    express_refund = entries.under(ExpressRefundForm)
    shipping_deadline = entries.under(ShippingDeadlineForm)
    refund_only = entries.under(RefundOnlyForm)
    review = entries.under(ReviewForm)
    senior = entries.under(SeniorForm)
    appeal = entries.under(AppealForm)
    payouts = entries.under(PayoutsForm)
    liability = entries.under(LiabilityForm)
    default_lane = entries.under(LaneForm)
    lanes = entries.named(LaneForm)
    default_tolerance_bp = entries.listed(entries.share(0))
    commodities = entries.named(CommodityForm)
    coupons = entries.under(CouponsForm, otherwise=policy.Coupons())
    recovery = entries.under(RecoveryForm, otherwise=policy.Recovery())
    carriers = entries.under(CarriersForm, otherwise=policy.Carriers())

    @validates_schema
    def _coupons_last(self, data: dict[str, Any], **_: Any) -> None:
        if data["shipping_deadline"].paid_as is policy.PaidAs.COUPON and not data["coupons"].valid_days:
            raise ValidationError("missing while shipping_deadline is paid_as coupon: add it", "coupons.valid_days")
