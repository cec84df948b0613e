"""Receivers that hang, drip, redirect, refuse or never end: each harms itself, and the healthy one keeps its pace."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import pytest

from service.devstack.receivers import KINDS, Receiver, open_receiver
from service.flows.run_work import run_due
from service.queues import Kind
from service.store import webhooks
from service.webhooks.signature import new_secret, sealed
from service.wiring.steps import steps_of
from tests.builders import Season, admitted
from tests.workers.conftest import within

HOSTILE = sorted(KINDS.keys() - {"healthy"})


class Sending:
    """Webhooks of a subscriber, and events to be told."""

    def __init__(self, season: Season) -> None:
        self.season, self.steps = season, steps_of(season.parts)
        self.client = admitted(season.parts, "subscriber")

    def subscribe(self, receiver: Receiver, *event_types: str) -> str:
        wanted = {"url": receiver.url, "event_types": event_types, "description": ""}
        with self.season.parts.db.transaction() as conn:
            return str(
                webhooks.add(conn, self.client, wanted, sealed(self.season.parts.vault, new_secret(b"r" * 32)))[
                    "webhook_id"
                ]
            )

    def happen(self, number: int) -> str:
        [row] = self.season.rows(
            "INSERT INTO events (type, farmer_id, data) VALUES ('payout.created', 'f', %s) RETURNING event_id",
            json.dumps({"number": number}),
        )
        return str(row["event_id"])

    def beat(self) -> None:
        """What sweeper and worker do once."""
        with self.season.parts.db.autocommit() as conn:
            webhooks.call_up_all(conn)
        while run_due(self.season.parts.db, Kind.DELIVER_WEBHOOK, self.steps[Kind.DELIVER_WEBHOOK]):
            pass

    def beat_until(self, receiver: Receiver, event_id: str) -> bool:
        """An event is told once no older transaction is under way, so one beat may come too early for it."""
        self.beat()
        return receiver.ids()[-1:] == [event_id]

    def settle(self) -> None:
        """Wait for the turns that went on by themselves."""
        self.beat()
        assert within(15, lambda: not self.season.rows("SELECT FROM work WHERE lease_id IS NOT NULL"))

    def webhook(self, webhook_id: str) -> dict[str, Any]:
        [row] = self.season.rows(
            "SELECT status, because, failures, extract(epoch FROM paused_until - now())::float AS pause FROM webhooks"
            " WHERE webhook_id = %s",
            webhook_id,
        )
        return row

    def delivery(self, webhook_id: str) -> dict[str, Any]:
        [row] = self.season.rows(
            "SELECT status, attempts, status_code, error, duration_ms, next_attempt_at > now() AS later"
            " FROM deliveries WHERE webhook_id = %s ORDER BY delivery_id LIMIT 1",
            webhook_id,
        )
        return row


@pytest.fixture
def sending(season: Season) -> Sending:
    return Sending(season)


@contextmanager
def receivers(*kinds: str) -> Iterator[list[Receiver]]:
    with ExitStack() as running:
        yield [running.enter_context(open_receiver(kind)) for kind in kinds]


def test_a_healthy_receiver_keeps_its_pace_among_all_the_others(sending: Sending) -> None:
    with receivers("healthy", *HOSTILE) as (healthy, *hostile):
        for receiver in (*hostile, *hostile, healthy):
            sending.subscribe(receiver)
        delays = []
        for number in range(20):
            event_id = sending.happen(number)
            began = time.monotonic()
            assert within(5, partial(sending.beat_until, healthy, event_id))
            delays.append(healthy.messages[-1].at - began)
        sending.settle()

    assert sorted(delays)[len(delays) // 2] < 0.5
    assert max(delays) < 2
    assert len(healthy.ids()) == len(set(healthy.ids())) == 20


@pytest.mark.parametrize("kind", ["hanging", "dripping_headers", "dripping_body"])
def test_no_call_outlasts_its_deadline_and_the_webhook_pauses_whole(sending: Sending, kind: str) -> None:
    with receivers(kind) as [receiver]:
        webhook_id = sending.subscribe(receiver)
        sending.happen(1)
        sending.happen(2)
        sending.settle()

    delivery = sending.delivery(webhook_id)
    assert (delivery["status"], delivery["attempts"], delivery["later"]) == ("pending", 1, False)
    assert delivery["error"] == "no whole answer within 1 s"
    assert 900 <= delivery["duration_ms"] < 1500
    assert 3 < sending.webhook(webhook_id)["pause"] <= 5.5
    assert len(receiver.ids()) == 1, "the second waits behind the first"


@pytest.mark.parametrize("kind", ["garbled", "hanging_up"])
def test_what_is_no_answer_pauses_the_webhook_too(sending: Sending, kind: str) -> None:
    with receivers(kind) as [receiver]:
        webhook_id = sending.subscribe(receiver)
        sending.happen(1)
        sending.settle()

    assert sending.delivery(webhook_id)["status_code"] is None
    assert sending.webhook(webhook_id)["failures"] == 1


def test_a_receiver_that_is_not_there_pauses_the_webhook(sending: Sending) -> None:
    webhook_id = sending.subscribe(Receiver("healthy", "http://127.0.0.1:1/"))
    sending.happen(1)
    sending.settle()

    assert "refused" in sending.delivery(webhook_id)["error"]
    assert sending.webhook(webhook_id)["failures"] == 1


def test_a_redirect_is_not_followed_and_only_that_delivery_waits(sending: Sending) -> None:
    with receivers("redirecting") as [receiver]:
        webhook_id = sending.subscribe(receiver)
        sending.happen(1)
        sending.happen(2)
        sending.settle()

    assert sending.delivery(webhook_id) | {"duration_ms": 0} == {
        "status": "pending",
        "attempts": 1,
        "status_code": 302,
        "error": "it answered 302 Found; redirects are not followed",
        "duration_ms": 0,
        "later": True,
    }
    assert "followed" not in receiver.ids()
    assert len(receiver.ids()) == 2
    assert sending.webhook(webhook_id)["pause"] is None


def test_an_endless_answer_is_cut_off_and_counts_by_its_status(sending: Sending) -> None:
    with receivers("endless") as [receiver]:
        webhook_id = sending.subscribe(receiver)
        sending.happen(1)
        sending.settle()

    delivery = sending.delivery(webhook_id)
    assert (delivery["status"], delivery["status_code"]) == ("delivered", 200)
    assert delivery["duration_ms"] < 900


def test_410_disables_the_webhook_and_enabling_goes_on_where_it_stopped(sending: Sending) -> None:
    with receivers("gone") as [receiver]:
        webhook_id = sending.subscribe(receiver)
        sending.happen(1)
        sending.settle()
        disabled = sending.webhook(webhook_id)
        missed = sending.happen(2)
        sending.settle()
        asked = len(receiver.ids())
        receiver.kind = "healthy"
        with sending.season.parts.db.transaction() as conn:
            webhooks.change(conn, sending.client, webhook_id, {"status": "enabled"})
        sending.settle()

    assert (disabled["status"], "410 Gone" in disabled["because"]) == ("disabled", True)
    assert sending.delivery(webhook_id)["status"] == "failed"
    assert (asked, receiver.ids()[1:]) == (1, [missed])


def test_a_receiver_that_comes_back_gets_everything_in_order(sending: Sending) -> None:
    with receivers("hanging") as [receiver]:
        webhook_id = sending.subscribe(receiver)
        told = [sending.happen(number) for number in range(30)]
        sending.settle()
        receiver.messages.clear()
        receiver.kind = "healthy"
        sending.season.rows("UPDATE webhooks SET paused_until = now()")
        sending.season.hasten()
        sending.settle()

    assert receiver.ids() == told
    assert sending.webhook(webhook_id) == {"status": "enabled", "because": "", "failures": 0, "pause": None}


def test_after_the_last_attempt_a_delivery_is_given_up_and_the_webhook_is_failing(sending: Sending) -> None:
    with receivers("failing") as [receiver]:
        webhook_id = sending.subscribe(receiver)
        first = sending.happen(1)
        for _ in range(10):
            sending.settle()
            sending.season.rows("UPDATE deliveries SET next_attempt_at = now()")
            sending.season.hasten()
        failing = sending.webhook(webhook_id)
        receiver.kind = "healthy"
        sending.happen(2)
        sending.settle()

    assert receiver.ids()[:10] == [first] * 10
    assert (sending.delivery(webhook_id)["status"], sending.delivery(webhook_id)["attempts"]) == ("failed", 10)
    assert (failing["status"], "given up after 10 attempts" in failing["because"]) == ("failing", True)
    assert sending.webhook(webhook_id)["status"] == "enabled", "one that takes events again is well"


def test_a_turn_that_lost_its_lease_writes_nothing(sending: Sending) -> None:
    with receivers("hanging") as [receiver]:
        webhook_id = sending.subscribe(receiver)
        sending.happen(1)
        sending.beat()
        sending.season.rows("UPDATE work SET lease_id = gen_random_uuid()")
        time.sleep(1.3)

    assert sending.delivery(webhook_id)["attempts"] == 0
    assert sending.webhook(webhook_id)["failures"] == 0


def test_a_webhook_that_wants_little_passes_the_rest_by(sending: Sending) -> None:
    with receivers("healthy") as [receiver]:
        sending.subscribe(receiver, "payout.paid")
        sending.season.rows(
            "INSERT INTO events (type, farmer_id, data) SELECT 'payout.created', 'f', '{}' FROM generate_series(1, 500)"
        )
        [wanted] = sending.season.rows(
            "INSERT INTO events (type, farmer_id, data) VALUES ('payout.paid', 'f', '{}') RETURNING event_id"
        )
        sending.settle()

    assert receiver.ids() == [wanted["event_id"]]
    assert sending.season.rows("SELECT count(*) AS deliveries FROM deliveries") == [{"deliveries": 1}]
    assert sending.season.rows("SELECT FROM work WHERE kind = 'deliver_webhook'") == []


def test_a_revoked_client_s_webhook_is_sent_nothing_more(sending: Sending) -> None:
    with receivers("healthy") as [receiver]:
        sending.subscribe(receiver)
        sending.happen(1)
        with sending.season.parts.db.autocommit() as conn:
            conn.execute("UPDATE clients SET revoked_at = now() WHERE client_id = %s", (sending.client,))
        sending.settle()

    assert receiver.ids() == []
