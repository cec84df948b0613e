"""A worker without the right key signs nothing, and nothing is lost by it: what waits goes on when the key is there."""

from dataclasses import replace
from functools import partial

import pytest
from structlog.testing import capture_logs

from service.devstack.receivers import open_receiver
from service.queues import TERMS, Kind
from service.vault import open_vault
from service.wiring.steps import steps_of
from tests.builders import Season
from tests.flows.test_hostile_receivers import Sending
from tests.workers.conftest import within

ANOTHER_KEY = "YW5vdGhlciBrZXkgdGhhbiB0aGUgb25lIG9mIHRlc3Q="


@pytest.mark.parametrize("keys", ["", ANOTHER_KEY])
def test_a_webhook_waits_for_its_key_without_losing_attempts_and_is_sent_to_when_it_is_there(
    season: Season, keys: str
) -> None:
    sending, good = Sending(season), season.parts
    locked = replace(good.delivering, vault=open_vault(keys))
    steps = steps_of(replace(good, delivering=locked)), steps_of(good)
    with open_receiver("healthy") as receiver:
        webhook_id = sending.subscribe(receiver)
        sending.steps = steps[0]
        first = sending.happen(1)
        with capture_logs() as logged:
            for _ in range(TERMS[Kind.DELIVER_WEBHOOK].attempts_cap + 1):
                due(season)
                sending.settle()
        waiting = season.rows("SELECT attempts, parked_at, due_at > now() AS later FROM work")
        paused = sending.webhook(webhook_id)
        second = sending.happen(2)
        sending.steps = steps[1]
        due(season)

        assert within(5, partial(sending.beat_until, receiver, second))
        assert receiver.ids() == [first, second]
    assert waiting == [{"attempts": 0, "parked_at": None, "later": True}]
    assert (paused["status"], paused["failures"], 50 < paused["pause"] <= 60) == ("enabled", 0, True)
    told = [line for line in logged if line["event"] == "secrets_locked"]
    assert len(told) > TERMS[Kind.DELIVER_WEBHOOK].attempts_cap
    assert {line["webhook_id"] for line in told} == {webhook_id}


def test_meanwhile_what_happens_does_not_call_it_up_every_second(season: Season) -> None:
    sending = Sending(season)
    sending.steps = steps_of(
        replace(season.parts, delivering=replace(season.parts.delivering, vault=open_vault(ANOTHER_KEY)))
    )
    with open_receiver("healthy") as receiver, capture_logs() as logged:
        sending.subscribe(receiver)
        for number in range(5):
            sending.happen(number)
            sending.settle()

    assert [line["event"] for line in logged].count("secrets_locked") == 1


def due(season: Season) -> None:
    """As if the pause were over."""
    season.rows("UPDATE webhooks SET paused_until = NULL")
    season.rows("UPDATE work SET due_at = now() WHERE kind = 'deliver_webhook'")
