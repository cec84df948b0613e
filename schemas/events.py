"""Events: what happened, in one body for the feed and for webhooks."""

from marshmallow import Schema, fields, validate

from schemas.fields import word
from schemas.vocabulary import EventType


class FeedAsked(Schema):
    """Which part of the feed: what comes after a place, which is the `next_cursor` of an earlier answer."""

    after = fields.String(
        load_default=None,
        validate=validate.Regexp(
            r"[0-9a-f]{1,16}-[0-9a-f]{32}\Z",
            error="give the next_cursor of an earlier answer as it came, or leave it out to begin with the oldest",
        ),
    )
    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(1, 200, error="give 1 to 200"),
        error_messages={"invalid": "give a whole number from 1 to 200"},
    )


class EventShown(Schema):
    """One event; `data` is how what it is about stood at that moment."""

    id = fields.String()
    type = word(EventType)
    timestamp = fields.DateTime()
    data = fields.Dict()


class FeedShown(Schema):
    """A part of the feed, oldest first; `next_cursor` is always there, to go on with when more has happened."""

    data = fields.List(fields.Nested(EventShown))
    has_more = fields.Boolean()
    next_cursor = fields.String()
