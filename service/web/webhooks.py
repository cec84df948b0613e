"""Webhooks: made, shown, changed, given new secrets, ended."""

import secrets
from typing import Any

from flask import Response, jsonify

from schemas.lists import PageAsked
from schemas.vocabulary import Scope
from schemas.webhooks import Rotation, WebhookAsked, WebhookChanged, WebhookShown, WebhooksShown, WebhookWithSecret
from service.flows.answer_once import Answered, Refusal
from service.flows.subscribe import change_webhook, rotate_secret, secret_of, subscribe
from service.queues import Kind
from service.store import webhooks as webhook_store
from service.web import once
from service.web.access import caller, needs
from service.web.door import door
from service.web.pages import moment, page
from service.web.problems import not_found, refused, unfit
from service.web.routes import IDEMPOTENCY_KEY, describes, gives, noun, route, takes
from service.webhooks.address import why_unfit
from service.webhooks.signature import SECRET_BYTES

webhooks = noun("webhooks", "Addresses to which events are sent, signed as Standard Webhooks says.")

KEYED = describes(webhooks, parameters=[IDEMPOTENCY_KEY])


@route(webhooks, "POST", "/webhooks")
@needs(Scope.WEBHOOKS_WRITE)
@takes(webhooks, WebhookAsked())
@gives(webhooks, 201, WebhookWithSecret())
@KEYED
def post_webhook(asked: dict[str, Any]) -> Response:
    """Make a webhook; it is sent what happens from now on, and its secret is shown in this answer only."""
    _check_address(asked["url"])
    parts, randomness = door().parts, secrets.token_bytes(SECRET_BYTES)
    answered = once.given(subscribe(parts.db, parts.vault, once.asked(), asked, randomness))
    shown = _with_secret(answered)
    shown.headers["Location"] = f"/v1/webhooks/{answered.body['webhook_id']}"
    return shown


@route(webhooks, "GET", "/webhooks")
@needs(Scope.WEBHOOKS_WRITE)
@takes(webhooks, PageAsked(), where="query")
@gives(webhooks, 200, WebhooksShown())
def list_webhooks(asked: dict[str, Any]) -> Response:
    """List this client's webhooks, newest first."""
    with door().parts.db.autocommit() as conn:
        rows = webhook_store.of_client(conn, caller().client_id, asked["cursor"], asked["limit"] + 1)
    return page(rows, asked["limit"], "webhook_id", _webhook)


@route(webhooks, "GET", "/webhooks/<webhook_id>")
@needs(Scope.WEBHOOKS_WRITE)
@gives(webhooks, 200, WebhookShown())
def get_webhook(webhook_id: str) -> Response:
    """Show a webhook, without its secret."""
    return jsonify(_webhook(own_webhook(webhook_id)))


@route(webhooks, "PATCH", "/webhooks/<webhook_id>")
@needs(Scope.WEBHOOKS_WRITE)
@takes(webhooks, WebhookChanged())
@gives(webhooks, 200, WebhookShown())
def patch_webhook(asked: dict[str, Any], webhook_id: str) -> Response:
    """Change a webhook, disable or enable it; an enabled one goes on where it stopped."""
    if "url" in asked:
        _check_address(asked["url"])
    changed = change_webhook(door().parts.db, caller().client_id, webhook_id, asked)
    if isinstance(changed, Refusal):
        raise refused(changed)
    door().nudge((Kind.DELIVER_WEBHOOK,))
    return jsonify(_webhook(changed))


@route(webhooks, "DELETE", "/webhooks/<webhook_id>")
@needs(Scope.WEBHOOKS_WRITE)
@gives(webhooks, 204)
def delete_webhook(webhook_id: str) -> Response:
    """End a webhook; nothing more is sent to it."""
    with door().parts.db.transaction() as conn:
        if not webhook_store.remove(conn, caller().client_id, webhook_id):
            raise not_found(f"webhook {webhook_id}")
    return Response(status=204)


@route(webhooks, "POST", "/webhooks/<webhook_id>/rotate-secret")
@needs(Scope.WEBHOOKS_WRITE)
@takes(webhooks, Rotation())
@gives(webhooks, 200, WebhookWithSecret())
@KEYED
def post_rotation(asked: dict[str, Any], webhook_id: str) -> Response:
    """Give a webhook a new secret; for `overlap_hours` messages carry a signature of each."""
    parts, randomness = door().parts, secrets.token_bytes(SECRET_BYTES)
    rotated = rotate_secret(parts.db, parts.vault, once.asked(), webhook_id, randomness, asked["overlap_hours"])
    return _with_secret(once.given(rotated))


def own_webhook(webhook_id: str) -> dict[str, Any]:
    """Return a webhook of this client; raises Problem 404 for any other."""
    with door().parts.db.autocommit() as conn:
        row = webhook_store.find(conn, caller().client_id, webhook_id)
    if row is None:
        raise not_found(f"webhook {webhook_id}")
    return row


def _check_address(url: str) -> None:
    if because := why_unfit(door().parts.delivering.reach, url):
        raise unfit("url", because)


def _with_secret(answered: Answered) -> Response:
    """The kept answer has no secret: a replay shows the one that signs now."""
    secret = secret_of(door().parts.db, door().parts.vault, answered.body["webhook_id"])
    return once.shown(answered, _webhook(answered.body) | {"secret": secret})


def _webhook(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["webhook_id"],
        **{name: row[name] for name in ("url", "event_types", "description", "status", "because")},
        **{name: moment(row[name]) for name in ("paused_until", "earlier_secret_ends_at", "created_at", "changed_at")},
    }
