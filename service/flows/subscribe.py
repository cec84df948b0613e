"""A client subscribes to events: webhooks are made, changed, given new secrets, tried and sent to again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from schemas.vocabulary import WebhookStatus
from service.domain.sheet import plain
from service.flows.answer_once import Answered, Refusal, Request, answer_once
from service.store import deliveries, webhooks
from service.store.database import Connection, Database
from service.vault import Vault
from service.webhooks.signature import new_secret, opened, sealed

MOST_WEBHOOKS = 20
"""Of one client; each costs a look at the feed every second."""


def subscribe(
    db: Database, vault: Vault, request: Request, wanted: Mapping[str, Any], randomness: bytes
) -> Answered | Refusal:
    """Make a webhook (`wanted`: url, event_types, description) with a secret from 32 random bytes.

    The secret is not in the answer, which is kept: its row has it, sealed. Raises VaultLocked.
    """
    secret = sealed(vault, new_secret(randomness))

    def make(conn: Connection) -> Answered | Refusal:
        if webhooks.count(conn, request.client_id) >= MOST_WEBHOOKS:
            return Refusal("webhooks_too_many", f"there are {MOST_WEBHOOKS} webhooks, at most: delete one first")
        return Answered(201, plain(webhooks.add(conn, request.client_id, wanted, secret)))

    return answer_once(db, request, make)


def rotate_secret(
    db: Database, vault: Vault, request: Request, webhook_id: str, randomness: bytes, overlap_hours: int
) -> Answered | Refusal:
    """Give a webhook a new secret; the one until now signs beside it for so many hours. Raises VaultLocked."""
    secret = sealed(vault, new_secret(randomness))

    def rotate(conn: Connection) -> Answered | Refusal:
        row = webhooks.rotate(conn, request.client_id, webhook_id, secret, overlap_hours)
        return Answered(200, plain(row)) if row else _unknown(webhook_id)

    return answer_once(db, request, rotate)


def secret_of(db: Database, vault: Vault, webhook_id: str) -> str | None:
    """Return the secret that signs now; for its owner, when it is made and at no other time. Raises VaultLocked."""
    with db.autocommit() as conn:
        stored = webhooks.secret_of(conn, webhook_id)
    return opened(vault, stored) if stored else None


def change_webhook(
    db: Database, client_id: str, webhook_id: str, changes: Mapping[str, Any]
) -> dict[str, Any] | Refusal:
    """Change a webhook (url, event_types, description, status); one that is enabled goes on where it stopped."""
    with db.transaction() as conn:
        before = webhooks.find(conn, client_id, webhook_id)
        if before is None:
            return _unknown(webhook_id)
        takes_events = changes.get("status", before["status"]) != WebhookStatus.DISABLED
        if takes_events and ("status" in changes or "url" in changes):
            webhooks.call_up(conn, webhook_id)
        return webhooks.change(conn, client_id, webhook_id, changes) or _unknown(webhook_id)


def send_test(db: Database, request: Request, webhook_id: str) -> Answered | Refusal:
    """Make an event for this webhook alone, due at once; the answer is its delivery."""

    def make(conn: Connection) -> Answered | Refusal:
        refusal = _why_not_sent(conn, request.client_id, webhook_id)
        if refusal:
            return refusal
        made = deliveries.add_test(conn, webhook_id)
        webhooks.call_up(conn, webhook_id)
        return Answered(202, plain(made))

    return answer_once(db, request, make)


def redeliver(
    db: Database, request: Request, webhook_id: str, *, delivery_id: str | None = None, since: datetime | None = None
) -> Answered | Refusal:
    """Send one delivery again, or all that were given up since a time; each gets all its attempts back."""

    def begin_anew(conn: Connection) -> Answered | Refusal:
        refusal = _why_not_sent(conn, request.client_id, webhook_id)
        if refusal:
            return refusal
        webhooks.call_up(conn, webhook_id)
        if delivery_id is not None and not deliveries.again(conn, webhook_id, delivery_id):
            said = f"no delivery {delivery_id} of {webhook_id} here: see GET /v1/webhooks/{webhook_id}/deliveries"
            return Refusal("delivery_unknown", said, "delivery_id")
        begun = 1 if since is None else deliveries.failed_again(conn, webhook_id, since)
        return Answered(202, {"deliveries": begun})

    return answer_once(db, request, begin_anew)


def _why_not_sent(conn: Connection, client_id: str, webhook_id: str) -> Refusal | None:
    row = webhooks.find(conn, client_id, webhook_id)
    if row is None:
        return _unknown(webhook_id)
    if row["status"] == WebhookStatus.DISABLED:
        return Refusal(
            "webhook_disabled", f'{webhook_id} is disabled: enable it with PATCH {{"status": "enabled"}} first'
        )
    return None


def _unknown(webhook_id: str) -> Refusal:
    return Refusal("webhook_unknown", f"no webhook {webhook_id} of this client: see GET /v1/webhooks")
