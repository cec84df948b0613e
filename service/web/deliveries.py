"""A webhook's deliveries: listed, tried with an event of its own, sent again."""

from typing import Any

from flask import Response

from schemas.vocabulary import Scope
from schemas.webhooks import DeliveriesAsked, DeliveriesShown, DeliveryShown, Redelivered, Redelivery
from service.flows.subscribe import redeliver, send_test
from service.queues import Kind
from service.store import deliveries as delivery_store
from service.web import once
from service.web.access import needs
from service.web.door import door
from service.web.pages import moment, page
from service.web.routes import gives, route, takes
from service.web.webhooks import KEYED, own_webhook, webhooks


@route(webhooks, "POST", "/webhooks/<webhook_id>/test")
@needs(Scope.WEBHOOKS_WRITE)
@gives(webhooks, 202, DeliveryShown())
@KEYED
def post_test(webhook_id: str) -> Response:
    """Send this webhook an event `webhook.test`; its delivery is in the list a moment later, with how it ended."""
    answered = once.given(send_test(door().parts.db, once.asked(), webhook_id))
    door().nudge((Kind.DELIVER_WEBHOOK,))
    return once.shown(answered, _delivery(answered.body))


@route(webhooks, "GET", "/webhooks/<webhook_id>/deliveries")
@needs(Scope.WEBHOOKS_WRITE)
@takes(webhooks, DeliveriesAsked(), where="query")
@gives(webhooks, 200, DeliveriesShown())
def list_deliveries(asked: dict[str, Any], webhook_id: str) -> Response:
    """List a webhook's deliveries, newest first."""
    own_webhook(webhook_id)
    with door().parts.db.autocommit() as conn:
        rows = delivery_store.of_webhook(conn, webhook_id, asked["status"], asked["cursor"], asked["limit"] + 1)
    return page(rows, asked["limit"], "delivery_id", _delivery)


@route(webhooks, "POST", "/webhooks/<webhook_id>/redeliver")
@needs(Scope.WEBHOOKS_WRITE)
@takes(webhooks, Redelivery())
@gives(webhooks, 202, Redelivered())
@KEYED
def post_redelivery(asked: dict[str, Any], webhook_id: str) -> Response:
    """Send one delivery again, or all that were given up since a time."""
    answered = once.given(
        redeliver(
            door().parts.db,
            once.asked(),
            webhook_id,
            delivery_id=asked.get("delivery_id"),
            since=asked.get("failed_since"),
        )
    )
    door().nudge((Kind.DELIVER_WEBHOOK,))
    return once.shown(answered, answered.body)


def _delivery(row: dict[str, Any]) -> dict[str, Any]:
    names = ("event_id", "event_type", "status", "attempts", "status_code", "error", "duration_ms")
    return {
        "id": row["delivery_id"],
        **{name: row[name] for name in names},
        **{name: moment(row[name]) for name in ("attempted_at", "next_attempt_at", "created_at")},
    }
