"""Whoever changes a webhook and the turn that sends its events lock in one order, so that one waits for the other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.devstack.receivers import open_receiver
from service.domain.delivery import Attempt, Next, Verdict
from service.flows.answer_once import Refusal, Request
from service.flows.subscribe import change_webhook, redeliver
from service.queues import Kind
from service.store import deliveries, webhooks, work
from tests.builders import Season
from tests.flows.test_hostile_receivers import Sending
from tests.workers.conftest import within


@pytest.fixture
def sending(season: Season) -> Sending:
    return Sending(season)


def _changes(sending: Sending, webhook_id: str, _: str) -> object:
    changes = {"url": "https://example.com/moved"}
    return change_webhook(sending.season.parts.db, sending.client, webhook_id, changes)


def _sends_again(sending: Sending, webhook_id: str, delivery_id: str) -> object:
    asked = Request(sending.client, "key", b"asked")
    return redeliver(sending.season.parts.db, asked, webhook_id, delivery_id=delivery_id)


@pytest.mark.parametrize("act", [_changes, _sends_again])
def test_whoever_changes_a_webhook_waits_for_the_turn_under_way(
    sending: Sending, act: Callable[[Sending, str, str], object]
) -> None:
    db = sending.season.parts.db
    with open_receiver("hanging") as receiver:
        webhook_id = sending.subscribe(receiver)
        sending.happen(1)
        sending.settle()
    [row] = sending.season.rows("SELECT delivery_id FROM deliveries")
    sending.season.rows("UPDATE work SET due_at = now()")
    with db.autocommit() as conn:
        [item] = work.lease(conn, Kind.DELIVER_WEBHOOK)

    with ThreadPoolExecutor(1) as other:
        with db.transaction() as turn:
            assert work.hold(turn, [item])
            acted = other.submit(act, sending, webhook_id, row["delivery_id"])
            assert within(5, lambda: bool(sending.season.rows("SELECT FROM pg_locks WHERE NOT granted")))
            tried = Attempt(row["delivery_id"], 2, 200, "", 1)
            deliveries.note(turn, [(tried, Next("delivered", None))])
            webhooks.note(turn, webhook_id, Verdict("enabled", "", 0, None))

        assert not isinstance(acted.result(5), Refusal)
