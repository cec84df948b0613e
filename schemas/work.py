"""Work that waits for a person."""

from marshmallow import Schema, fields


class ParkedShown(Schema):
    """A step that kept failing, with its last error."""

    work_id = fields.Integer()
    kind = fields.String()
    subject_id = fields.String()
    attempts = fields.Integer()
    last_error = fields.String(allow_none=True)
    parked_at = fields.DateTime()
    created_at = fields.DateTime()


class ParkedList(Schema):
    """Parked steps, newest first, the newest thousand."""

    data = fields.List(fields.Nested(ParkedShown))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class WorkRetried(Schema):
    """A step that is due again."""

    work_id = fields.Integer()
    status = fields.String()
