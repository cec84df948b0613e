"""What operations see of the providers of tracking."""

from marshmallow import Schema, fields


class UnknownCode(Schema):
    """A code that no table gives a step for; `events` bear it, `sample` is a text that came with it."""

    provider = fields.String()
    code = fields.String()
    events = fields.Integer()
    sample = fields.String(allow_none=True)
    first_seen_at = fields.DateTime()
    last_seen_at = fields.DateTime()


class UnknownCodes(Schema):
    """The most frequent first, at most a thousand."""

    data = fields.List(fields.Nested(UnknownCode))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)
