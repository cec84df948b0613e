"""What goes wrong, as RFC 9457 says it."""

from marshmallow import Schema, fields


class FieldTrouble(Schema):
    """One field that did not fit; nested fields and list places are joined by dots (lines.0.paid.amount)."""

    field = fields.String()
    code = fields.String()
    detail = fields.String()


class Problem(Schema):
    """A refusal or a failure; `code` is stable, `detail` names the fact and the remedy."""

    type = fields.String(metadata={"example": "/v1/problems/claim_exists"})
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    code = fields.String()
    errors = fields.List(fields.Nested(FieldTrouble))
