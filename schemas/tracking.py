"""Canonical tracking events, from any service."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from schemas.fields import Measure, Moment, text, unspaced, word
from schemas.vocabulary import ExceptionCause, Step

MOST_EVENTS = 10_000


class EventAsked(Schema):
    """One scan or report of a carrier; `cause` goes with the step exception."""

    carrier = unspaced(64, required=True, metadata={"example": "SF"})
    number = unspaced(64, required=True)
    event_time = Moment(required=True)
    step = word(Step, required=True)
    cause = word(ExceptionCause, load_default=None, allow_none=True)
    place = text(200, load_default=None, allow_none=True)
    celsius = Measure(above=-100, most=100, load_default=None, allow_none=True)
    raw_code = text(64, load_default=None, allow_none=True)
    raw_text = text(2000, load_default=None, allow_none=True)

    @validates_schema
    def names_a_cause_of_exceptions_only(self, event: dict[str, Any], **_: Any) -> None:
        """A cause explains an exception and nothing else."""
        if event["cause"] and event["step"] is not Step.EXCEPTION:
            raise ValidationError(f"{event['step']} has no cause: leave it out, or give the step exception", "cause")


class TrackingAsked(Schema):
    """A batch of events, in any order, repetitions welcome."""

    events = fields.List(
        fields.Nested(EventAsked),
        required=True,
        validate=validate.Length(1, MOST_EVENTS, error=f"give 1 to {MOST_EVENTS} events a call"),
    )


class TrackingKept(Schema):
    """How many events are on disk, and how many of them were new."""

    accepted = fields.Integer()
    new = fields.Integer()
