"""What a farmer sees: charges, balance, payouts, statement."""

from marshmallow import Schema, fields

from schemas.fields import money, text


class ChargeShown(Schema):
    """One share of a refund that the farmer bears, with its reason."""

    id = fields.String()
    claim_id = fields.String()
    claim_number = fields.String()
    order_id = fields.String()
    line_id = fields.String(allow_none=True)
    cause = fields.String()
    decision_id = fields.String()
    share_bp = fields.Integer()
    amount = money()
    because = fields.String()
    posted_at = fields.DateTime()
    reversed_at = fields.DateTime(allow_none=True)


class ChargesShown(Schema):
    """A part of the list of charges, newest first, reversed ones included."""

    data = fields.List(fields.Nested(ChargeShown))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class BalanceShown(Schema):
    """Held until the guarantee windows close, available for the next payout, and both together."""

    currency = fields.String()
    held = money()
    available = money()
    total = money()


class BalancesShown(Schema):
    """A farmer's money by currency."""

    farmer_id = fields.String()
    balances = fields.List(fields.Nested(BalanceShown))


class StatementLine(Schema):
    """One movement; gross is the whole sale, net is what is left after charges."""

    line_id = fields.Integer()
    occurred_at = fields.DateTime()
    type = fields.String()
    order_id = fields.String(allow_none=True)
    claim_id = fields.String(allow_none=True)
    claim_number = fields.String(allow_none=True)
    gross = money()
    charge = money()
    net = money()
    reason = fields.String(allow_none=True)
    policy_version = fields.String(allow_none=True)


class RunningLine(StatementLine):
    """A line of a statement with the balance after it."""

    running_balance = money()


class StatementAsked(Schema):
    """A span of time, `from` included; a plain date is a day in China, and `to` as a date includes that day."""

    opens = text(40, data_key="from", load_default=None)
    closes = text(40, data_key="to", load_default=None)
    format = text(16, load_default="json")


class StatementShown(Schema):
    """The lines of a span of time, oldest first."""

    farmer_id = fields.String()
    data = fields.List(fields.Nested(RunningLine))


class PayoutShown(Schema):
    """Money on its way to the farmer."""

    id = fields.String()
    farmer_id = fields.String()
    amount = money()
    channel = fields.String()
    status = fields.String()
    reference = fields.String(allow_none=True)
    because = fields.String()
    created_at = fields.DateTime()
    finished_at = fields.DateTime(allow_none=True)


class PayoutDetail(PayoutShown):
    """A payout with its lines, whose net amounts sum to it exactly."""

    lines = fields.List(fields.Nested(StatementLine))


class PayoutsShown(Schema):
    """A part of the list of payouts, newest first."""

    data = fields.List(fields.Nested(PayoutShown))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class PayoutsDrawn(Schema):
    """The payouts of a new batch."""

    payouts = fields.List(fields.String())
