"""Coupons: given, shown, redeemed and restored."""

from marshmallow import Schema, fields

from schemas.fields import MOST_AMOUNT, currency, identifier, money, text, whole, word
from schemas.lists import PageAsked
from schemas.vocabulary import CouponStatus


class Worth(Schema):
    """What a coupon is worth, in the currency's minor unit; a coupon of nothing is none."""

    amount = whole(1, MOST_AMOUNT, required=True, metadata={"example": 500})
    currency = currency(required=True)


class CouponGiven(Schema):
    """A coupon that the order service gives by hand, at the platform's cost."""

    buyer_id = identifier(required=True)
    amount = fields.Nested(
        Worth,
        required=True,
        error_messages={"type": 'give money as {"amount": 500, "currency": "CNY"}, whole minor units'},
    )
    reason = text(500, least=1, required=True)
    order_id = identifier(load_default=None, allow_none=True)


class Redemption(Schema):
    """The order that takes a coupon, whole, and its buyer."""

    order_id = identifier(required=True)
    buyer_id = identifier(required=True)


class Restoration(Schema):
    """The order that took the coupon and was cancelled."""

    order_id = identifier(required=True)


class CouponEnded(Schema):
    """Why a coupon ends before its day."""

    reason = text(500, least=1, required=True)


class CouponsAsked(PageAsked):
    """Which coupons to list."""

    buyer_id = text(128, load_default=None)
    claim_id = text(128, load_default=None)
    status = word(CouponStatus, load_default=None)


class CouponShown(Schema):
    """A coupon as it stands; `claim_id` is null where it was given by hand."""

    id = fields.String()
    claim_id = fields.String(allow_none=True)
    order_id = fields.String(allow_none=True)
    buyer_id = fields.String()
    amount = money()
    because = fields.String()
    status = word(CouponStatus)
    issued_at = fields.DateTime()
    valid_until = fields.DateTime()
    redeemed_by = fields.String(allow_none=True)
    redeemed_at = fields.DateTime(allow_none=True)
    expired_at = fields.DateTime(allow_none=True)


class CouponsShown(Schema):
    """A part of a list of coupons, newest first."""

    data = fields.List(fields.Nested(CouponShown))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)
