"""A webhook's turn: lay out what is new in the feed, send what is due in its order, write what became of it.

Each turn runs in a thread of its own under its own fenced lease. The step that begins them returns after a moment, so
that a receiver that hangs delays its own deliveries and nobody else's.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from service.domain import event as events
from service.domain.delivery import Attempt, Outcome, next_of, outcome_of, verdict_on
from service.flows.run_work import note_failure
from service.store import deliveries, webhooks, work
from service.store.database import Database, DatabaseUnavailable
from service.store.work import WorkItem
from service.vault import Vault, VaultLocked
from service.webhooks.address import Reach
from service.webhooks.courier import Courier
from service.webhooks.line import Line, Reply
from service.webhooks.signature import opened, signed_headers

TURN_SECONDS = 5.0
"""A turn begins no call after this, so that its lease outlasts it and others get their turn."""
BUSY_PAUSE = timedelta(seconds=1)
LOCKED_PAUSE = timedelta(minutes=1)

Round = tuple[dict[str, Any], list[dict[str, Any]]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Delivering:
    """What delivering needs beside the database: threads, its reach, the clock, jitter from 0 to 1, secrets."""

    courier: Courier
    reach: Reach
    timeout_seconds: float
    clock: Callable[[], float]
    jitter: Callable[[], float]
    vault: Vault


def deliver_webhooks(db: Database, delivering: Delivering, items: Sequence[WorkItem]) -> None:
    """Begin the turns of a batch of webhooks; those for which no thread is free are put back for a moment."""
    begun = delivering.courier.send_off([partial(_safely, db, delivering, item) for item in items])
    if left := items[begun:]:
        with db.autocommit() as conn:
            work.put_back(conn, left, pause=BUSY_PAUSE)


def _safely(db: Database, delivering: Delivering, item: WorkItem) -> None:
    """Nobody waits for a turn's thread, so its faults are noted here."""
    try:
        _turn(db, delivering, item)
    except DatabaseUnavailable as fault:
        log.warning("database_unavailable", webhook_id=item.subject_id, because=str(fault))
    except Exception as fault:
        try:
            note_failure(db, item, fault)
        except DatabaseUnavailable as away:
            log.warning("database_unavailable", webhook_id=item.subject_id, because=str(away))


def _turn(db: Database, delivering: Delivering, item: WorkItem) -> None:
    ends_at = time.monotonic() + TURN_SECONDS
    try:
        while found := _next_round(db, item, ends_at):
            webhook, due = found
            if due and not _write(db, delivering, item, webhook, _send(delivering, webhook, due, ends_at)):
                return
    except VaultLocked as locked:
        _wait_for_the_key(db, item, locked)


def _wait_for_the_key(db: Database, item: WorkItem, locked: VaultLocked) -> None:
    """A missing key is no fault of the webhook: it costs no attempt, and what is new does not call it up meanwhile."""
    log.error("secrets_locked", webhook_id=item.subject_id, because=str(locked))
    with db.transaction() as conn:
        if work.hold(conn, [item]):
            webhooks.pause(conn, item.subject_id, LOCKED_PAUSE)
            work.put_back(conn, [item], pause=LOCKED_PAUSE)


def _next_round(db: Database, item: WorkItem, ends_at: float) -> Round | None:
    """Return what to send next; None ends the turn, which is put back if something of it is left.

    A round is empty where what was new in the feed is not for this webhook: the feed is passed in short transactions.
    """
    with db.transaction() as conn:
        if not work.hold(conn, [item]):
            return None
        webhook = webhooks.live(conn, item.subject_id)
        if webhook is None:
            work.finish(conn, [item])
            return None
        if time.monotonic() >= ends_at:
            work.put_back(conn, [item])
            return None
        due = [] if webhook["paused"] else deliveries.due(conn, item.subject_id)
        if due or (not webhook["paused"] and webhooks.lay_out(conn, item.subject_id)):
            return webhook, due
        due_at = deliveries.next_due_at(conn, item.subject_id)
        if due_at:
            work.put_back(conn, [item], due_at=due_at)
        else:
            work.finish(conn, [item])
        return None


def _send(
    delivering: Delivering, webhook: dict[str, Any], due: Sequence[dict[str, Any]], ends_at: float
) -> list[Attempt]:
    """Send in order until nobody answers, the receiver wants no more, or the turn is over."""
    secrets = [opened(delivering.vault, stored) for stored in webhook["secrets"]]
    tried: list[Attempt] = []
    with closing(Line(webhook["url"], delivering.reach, delivering.timeout_seconds)) as line:
        for row in due:
            body = events.body(events.told(row["event_id"], row["type"], row["occurred_at"], row["data"]))
            headers = signed_headers(secrets, row["event_id"], delivering.clock(), body)
            reply = line.post(headers, body)
            _tell(webhook, row, reply)
            tried.append(
                Attempt(row["delivery_id"], row["attempts"] + 1, reply.status_code, reply.error, reply.duration_ms)
            )
            ends = outcome_of(reply.status_code) in (Outcome.UNREACHABLE, Outcome.GONE)
            if ends or time.monotonic() >= ends_at:
                break
    return tried


def _tell(webhook: dict[str, Any], row: dict[str, Any], reply: Reply) -> None:
    log.info(
        "webhook_answered",
        webhook_id=webhook["webhook_id"],
        delivery_id=row["delivery_id"],
        event_id=row["event_id"],
        type=row["type"],
        claim_id=row["claim_id"],
        request_id=row["request_id"],
        attempt=row["attempts"] + 1,
        status=reply.status_code,
        because=reply.error,
    )


def _write(
    db: Database, delivering: Delivering, item: WorkItem, webhook: dict[str, Any], tried: Sequence[Attempt]
) -> bool:
    """Write a round's outcome; False if the turn was lost to another meanwhile, and nothing was written."""
    verdict = verdict_on(tried, webhook["failures"], delivering.jitter())
    with db.transaction() as conn:
        if not work.hold(conn, [item]):
            return False
        deliveries.note(conn, [(attempt, next_of(attempt, delivering.jitter())) for attempt in tried])
        webhooks.note(conn, item.subject_id, verdict)
    if verdict.pause_seconds or verdict.status in ("failing", "disabled"):
        log.warning("webhook_failed", webhook_id=item.subject_id, because=verdict.because, failures=verdict.failures)
    return True
