"""The form of a policy file: every key with its kind and range, so that a typo is found at start."""

from typing import Any

from marshmallow import ValidationError, validates_schema

from schemas.vocabulary import Cause
from service.domain import policy
from service.domain.money import WHOLE_BP
from service.domain.suspensions import Clock
from service.policies import entries
from service.policies.spoken import Form, Spoken
from service.policies.way_forms import (
    FakeShipmentForm,
    LaneForm,
    LaneTermForm,
    LogisticsTroubleForm,
    RemoteDeliveryForm,
)


class PhotosForm(Form):
    """Photos needed up to an amount."""

    makes = policy.PhotosNeeded
    up_to = entries.count(1, none=True)
    count = entries.count()


class RottenGuaranteedForm(Form):
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


class ExpressRefundForm(Form):
    """极速退款."""

    makes = policy.ExpressRefund
    within_hours_of_payment = entries.count()
    untracked_hours = entries.count(1)
    order_limit = entries.count()
    buyer_day_count = entries.count()
    buyer_day_limit = entries.count()


class ShippingDeadlineForm(Form):
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


class RefundOnlyForm(Form):
    """特殊情况仅退款."""

    makes = policy.RefundOnly
    response_hours = entries.count(1)
    response_hours_before_shipping = entries.count(1)


class ReviewForm(Form):
    """平台介入."""

    makes = policy.Review
    amount_above = entries.count()
    buyer_claims_above = entries.count()
    buyer_claims_days = entries.count(1)
    mediation_hours = entries.count(1)
    buyer_response_hours = entries.count(1)


class SeniorForm(Form):
    """银发族."""

    makes = policy.Senior
    extra_window_hours = entries.count()
    photos = entries.count()


class AppealForm(Form):
    """申诉."""

    makes = policy.Appeal
    window_days = entries.count()


class PayoutsForm(Form):
    """零佣金."""

    makes = policy.Payouts
    hold_days = entries.count(1)


class LiabilityForm(Form):
    """How causes weigh against each other."""

    makes = policy.Liability
    slight_celsius = entries.celsius(least=0)
    slight_hours = entries.count()
    warm_least_hours = entries.count()
    damage_hours = entries.count(1)
    pickup_free_hours = entries.count()


class CouponsForm(Form):
    """补贴券."""

    makes = policy.Coupons
    valid_days = entries.count(1)


class FilingForm(Form):
    """A carrier's own deadline."""

    makes = policy.Filing
    filing_days = entries.count(1)


class RecoveryForm(Form):
    """承运商追偿."""

    makes = policy.Recovery
    filing_days = entries.count(1)
    remind_days = entries.count()
    carriers = entries.named(FilingForm)


class CarriersForm(Form):
    """How far providers of tracking are believed."""

    makes = policy.Carriers
    weak_amount_above = entries.count(none=True)
    confirm_within_hours = entries.count(1)
    apart_hours = entries.count(1)


class CommodityForm(Form):
    """One kind of produce."""

    makes = policy.Commodity
    name_zh = entries.text()
    claim_window_hours = entries.count(1)
    warm_above_celsius = entries.celsius(none=True)
    tolerance_bp = entries.listed(entries.share(0), optional=True)


class ForceMajeureForm(Spoken):
    """A whole file of force majeure."""

    title = entries.text()
    because = entries.text()
    starts_at = entries.moment()
    ends_at = entries.moment()
    regions = entries.listed(entries.region())
    clocks = entries.listed(entries.choice(Clock))

    @validates_schema
    def _lasts(self, data: dict[str, Any], **_: Any) -> None:
        if data["ends_at"] <= data["starts_at"]:
            raise ValidationError("must come after starts_at: give a later time", "ends_at")


class PolicyForm(Spoken):
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
    fake_shipment = entries.may(FakeShipmentForm)
    logistics_trouble = entries.may(LogisticsTroubleForm)
    remote_delivery = entries.may(RemoteDeliveryForm)
    lane_terms = entries.listed(entries.under(LaneTermForm), optional=True)
    coupons = entries.under(CouponsForm, otherwise=policy.Coupons())
    recovery = entries.under(RecoveryForm, otherwise=policy.Recovery())
    carriers = entries.under(CarriersForm, otherwise=policy.Carriers())

    @validates_schema
    def _coupons_last(self, data: dict[str, Any], **_: Any) -> None:
        given = [name for name in ("shipping_deadline", "logistics_trouble") if _pays_coupons(data.get(name))]
        if given and not data["coupons"].valid_days:
            said = f"missing while {given[0]} is paid_as coupon: add it"
            raise ValidationError(said, "coupons.valid_days")


def _pays_coupons(rule: policy.ShippingDeadline | policy.LogisticsTrouble | None) -> bool:
    return rule is not None and rule.paid_as is policy.PaidAs.COUPON
