"""Tracking events from carriers and from any other service."""

from datetime import datetime, timedelta
from typing import Any

from flask import Response, jsonify

from schemas.tracking import TrackingAsked, TrackingKept
from schemas.vocabulary import Scope
from service.carriers.names import canonical
from service.domain.parcel import Scan
from service.flows.hear_carrier import event_of, hear_carrier
from service.queues import Kind
from service.store.tracking import Event
from service.web.access import caller, needs
from service.web.door import door, now
from service.web.pages import moment
from service.web.problems import unfit
from service.web.routes import JSON_BYTES, at_most, gives, noun, route, takes

tracking = noun("tracking", "What happens to parcels, in the words every carrier is translated to.")


MOST_AHEAD = timedelta(hours=1)


@route(tracking, "POST", "/tracking")
@needs(Scope.TRACKING_WRITE)
@at_most(8 * JSON_BYTES)
@takes(tracking, TrackingAsked())
@gives(tracking, 200, TrackingKept())
def post_tracking(asked: dict[str, Any]) -> Response:
    """Take tracking events.

    An event is known by its content, so sending it again changes nothing and no Idempotency-Key is needed.
    Events may come late, out of order, and before their order.
    """
    provider = caller().name
    _refuse_future(asked["events"], now())
    events = [_event(event, provider) for event in asked["events"]]
    new = hear_carrier(door().parts.db, events)
    if new:
        door().nudge((Kind.FOLLOW_PARCEL,))
    return jsonify({"accepted": len(events), "new": new})


def _refuse_future(events: list[dict[str, Any]], at: datetime) -> None:
    """What has not happened decides nothing; an hour is left for clocks that go wrong."""
    for number, event in enumerate(events):
        if event["event_time"] > at + MOST_AHEAD:
            said = (
                f"{moment(event['event_time'])} is over an hour ahead of {moment(at)}: check the clock and the offset"
            )
            raise unfit(f"events.{number}.event_time", said)


def _event(asked: dict[str, Any], provider: str) -> Event:
    scan = Scan(
        carrier=canonical(asked["carrier"]),
        number=asked["number"],
        at=asked["event_time"],
        step=asked["step"],
        cause=asked["cause"],
        celsius=asked["celsius"],
    )
    return event_of(
        scan,
        zone_source="given",
        provider=provider,
        place=asked["place"],
        raw_code=asked["raw_code"],
        raw_text=asked["raw_text"],
    )
