"""Webhooks and their deliveries."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schemas.fields import Moment, identifier, text, whole, word
from schemas.lists import PageAsked
from schemas.vocabulary import DeliveryStatus, EventType, WebhookStatus

LONGEST_URL = 2048
USUAL_OVERLAP_HOURS = 24
MOST_OVERLAP_HOURS = 7 * 24


def event_types(**given: Any) -> fields.List[Any]:
    """Return a field for the types that a webhook wants; none means all that its client may see."""
    return fields.List(
        word(EventType), validate=validate.Length(0, len(EventType), error="name each type once"), **given
    )


class WebhookAsked(Schema):
    """A webhook as its owner wants it."""

    url = text(LONGEST_URL, least=1, required=True, metadata={"example": "https://example.com/makegood"})
    event_types = event_types(load_default=list)
    description = text(200, load_default="")


class WebhookChanged(Schema):
    """What changes; fields that are left out stay as they are."""

    url = text(LONGEST_URL, least=1)
    event_types = event_types()
    description = text(200)
    status = fields.Enum(
        WebhookStatus,
        by_value=True,
        validate=validate.OneOf(
            (WebhookStatus.ENABLED, WebhookStatus.DISABLED), error="give one of these words: enabled, disabled"
        ),
        error_messages={"unknown": "give one of these words: enabled, disabled"},
    )

    @validates_schema
    def changes_something(self, changes: dict[str, Any], **_: Any) -> None:
        """An empty change is a mistake of the caller."""
        if not changes:
            raise ValidationError("name what changes: url, event_types, description or status")


class Rotation(Schema):
    """How long the secret until now goes on signing beside the new one; 0 ends it at once."""

    overlap_hours = whole(0, MOST_OVERLAP_HOURS, load_default=USUAL_OVERLAP_HOURS)


class WebhookShown(Schema):
    """A webhook; `because` says why it is failing, paused or disabled."""

    id = fields.String()
    url = fields.String()
    event_types = fields.List(word(EventType))
    description = fields.String()
    status = word(WebhookStatus)
    because = fields.String()
    paused_until = fields.DateTime(allow_none=True)
    earlier_secret_ends_at = fields.DateTime(allow_none=True)
    created_at = fields.DateTime()
    changed_at = fields.DateTime()


class WebhookWithSecret(WebhookShown):
    """A webhook with its new secret, which is shown in this answer only."""

    secret = fields.String(metadata={"example": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})


class WebhooksShown(Schema):
    """A part of the list of webhooks, newest first."""

    data = fields.List(fields.Nested(WebhookShown))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class DeliveriesAsked(PageAsked):
    """Which deliveries to list."""

    status = word(DeliveryStatus, load_default=None)


class DeliveryShown(Schema):
    """One event on its way to one webhook, with how the last attempt ended."""

    id = fields.String()
    event_id = fields.String()
    event_type = word(EventType)
    status = word(DeliveryStatus)
    attempts = fields.Integer()
    status_code = fields.Integer(allow_none=True)
    error = fields.String()
    duration_ms = fields.Integer(allow_none=True)
    attempted_at = fields.DateTime(allow_none=True)
    next_attempt_at = fields.DateTime(allow_none=True)
    created_at = fields.DateTime()


class DeliveriesShown(Schema):
    """A part of the list of deliveries, newest first."""

    data = fields.List(fields.Nested(DeliveryShown))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class Redelivery(Schema):
    """What to send again: one delivery, or all that were given up since a time."""

    delivery_id = identifier()
    failed_since = Moment()

    @validates_schema
    def names_one(self, asked: dict[str, Any], **_: Any) -> None:
        """Two ways at once would leave open which is meant."""
        if len(asked) != 1:
            raise ValidationError(
                'give exactly one: {"delivery_id": "dlv_…"} or {"failed_since": "2026-06-01T00:00:00Z"}'
            )


class Redelivered(Schema):
    """How many deliveries are due again."""

    deliveries = fields.Integer()
