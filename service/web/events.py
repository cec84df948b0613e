"""The feed of events: polled from a place on, oldest first, and nothing is ever missing before the place it gives."""

from typing import Any

from flask import Response, jsonify

from schemas.events import FeedAsked, FeedShown
from schemas.vocabulary import Scope
from service.domain.event import told
from service.store import events as event_store
from service.web.access import caller, needs
from service.web.door import door
from service.web.routes import gives, noun, route, takes

events = noun("events", "What happened, in the order in which a reader can follow it.")

BEGINNING = (0, "evt_" + "0" * 32)
LAST_XACT = 2**63 - 1

Place = tuple[int, str]


@route(events, "GET", "/events")
@needs(Scope.EVENTS_READ, Scope.EVENTS_ALL)
@takes(events, FeedAsked(), where="query")
@gives(events, 200, FeedShown())
def list_events(asked: dict[str, Any]) -> Response:
    """List the events that this client may see after a place, oldest first.

    Go on with `next_cursor`, which is there also when `has_more` is false. Events are kept for 90 days.
    """
    place = _place(asked["after"]) if asked["after"] else BEGINNING
    with door().parts.db.autocommit() as conn:
        rows = event_store.feed(conn, caller().client_id, *place, asked["limit"] + 1)
    part = rows[: asked["limit"]]
    last = (part[-1]["xact"], part[-1]["event_id"]) if part else place
    return jsonify(
        {
            "data": [told(row["event_id"], row["type"], row["occurred_at"], row["data"]) for row in part],
            "has_more": len(rows) > len(part),
            "next_cursor": _cursor(last),
        }
    )


def _place(cursor: str) -> Place:
    xact, _, tail = cursor.partition("-")
    return min(int(xact, 16), LAST_XACT), f"evt_{tail}"


def _cursor(place: Place) -> str:
    xact, event_id = place
    return f"{xact:x}-{event_id.removeprefix('evt_')}"
