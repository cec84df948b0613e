"""What is recovered from carriers: listed, aged, packed and pursued."""

from marshmallow import Schema, fields

from schemas.coupons import Worth
from schemas.fields import money, text, word
from schemas.lists import PageAsked
from schemas.vocabulary import RecoveryStatus

_AMOUNT = 'give money as {"amount": 6880, "currency": "CNY"}, whole minor units'


class Filed(Schema):
    """Under which number the carrier took the claim."""

    reference = text(128, least=1, required=True)


class Recovered(Schema):
    """What the carrier paid; without an amount, all that was outstanding."""

    amount = fields.Nested(Worth, load_default=None, allow_none=True, error_messages={"type": _AMOUNT})
    reference = text(128, least=1, required=True)


class Because(Schema):
    """Why the carrier refused, or why nobody pursues it further."""

    reason = text(500, least=1, required=True)


class RecoveriesAsked(PageAsked):
    """Which recoveries to list; overdue: not filed, and the carrier's deadline has passed."""

    carrier = text(128, load_default=None)
    claim_id = text(128, load_default=None)
    status = word(RecoveryStatus, load_default=None)
    overdue = fields.Boolean(load_default=None, error_messages={"invalid": "give true or false"})


class RecoveryShown(Schema):
    """A carrier's debt for one claim; `overpaid` came in before its charge was lowered, and is owed back."""

    id = fields.String()
    version = fields.Integer()
    carrier = fields.String()
    claim_id = fields.String()
    order_id = fields.String()
    charge_id = fields.String()
    status = word(RecoveryStatus)
    status_detail = fields.String()
    overdue = fields.Boolean()
    amount = money()
    recovered = money()
    written_off = money()
    outstanding = money()
    overpaid = money()
    reference = fields.String(allow_none=True)
    because = fields.String()
    available_steps = fields.List(fields.String())
    opened_at = fields.DateTime()
    filing_due_at = fields.DateTime(allow_none=True)
    filed_at = fields.DateTime(allow_none=True)
    ended_at = fields.DateTime(allow_none=True)


class RecoveriesShown(Schema):
    """A part of a list of recoveries, newest first."""

    data = fields.List(fields.Nested(RecoveryShown))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class AgeingAsked(Schema):
    """Of which carrier; all of them if none is named."""

    carrier = text(128, load_default=None)


class AgeingShown(Schema):
    """What one carrier still owes in one currency, by days since it was charged."""

    carrier = fields.String()
    currency = fields.String()
    open = fields.Integer()
    outstanding = money()
    days_0_29 = money()
    days_30_59 = money()
    days_60_89 = money()
    days_90_up = money()
    unfiled = fields.Integer()
    overdue = fields.Integer()
    overdue_amount = money()
    next_filing_due_at = fields.DateTime(allow_none=True)


class AgeingsShown(Schema):
    """Every carrier that owes something."""

    data = fields.List(fields.Nested(AgeingShown))


class PackAsked(Schema):
    """In what form."""

    format = text(16, load_default="json")


class PackShown(Schema):
    """A claim pack: everything a carrier needs to settle a claim, and nothing of the buyer's."""

    recovery_id = fields.String()
    carrier = fields.String()
    made_at = fields.DateTime()
    amount = money()
    outstanding = money()
    status = word(RecoveryStatus)
    filing_due_at = fields.DateTime(allow_none=True)
    reference = fields.String(allow_none=True)
    claim = fields.Dict()
    order = fields.Dict()
    goods = fields.List(fields.Dict())
    waybills = fields.List(fields.Dict())
    charge = fields.Dict()
    legs = fields.List(fields.Dict())
    timeline = fields.List(fields.Dict())
    photos = fields.List(fields.Dict())
    policy_version = fields.String()
