"""Refunds, where a person has to look at one."""

from marshmallow import Schema, fields

from schemas.fields import money, text


class Replacing(Schema):
    """Why a refused refund is paid anew, and through which channel if not through the same."""

    reason = text(500, least=1, required=True)
    channel = text(64, least=1, load_default=None, allow_none=True)


class RefundShown(Schema):
    """A refund on its way; `replaces` is the one that the bank refused."""

    id = fields.String()
    replaces = fields.String(allow_none=True)
    claim_id = fields.String()
    order_id = fields.String()
    purpose = fields.String()
    amount = money()
    channel = fields.String()
    status = fields.String()
    requested_at = fields.DateTime()
