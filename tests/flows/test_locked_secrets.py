"""A worker without the right key signs nothing, and nothing is lost by it: what waits goes on when the key is there."""

from dataclasses import replace
from functools import partial

import pytest
from structlog.testing import capture_logs

from service.carriers.registry import PROVIDERS
from service.devstack.receivers import open_receiver
from service.flows.keep_carrier_account import Wanted, open_account
from service.flows.take_push import account_at
from service.queues import TERMS, Kind
from service.vault import open_vault
from service.wiring.steps import steps_of
from tests.builders import Season
from tests.conftest import SECRETS_KEY
from tests.flows.test_hostile_receivers import Sending
from tests.workers.conftest import within
from workers.sweeper import keep_house

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


def test_with_a_new_key_before_it_the_old_one_can_be_dropped_within_a_minute(season: Season) -> None:
    sending = Sending(season)
    open_account(
        season.parts.db, season.parts.vault, PROVIDERS["kdniao"], Wanted("main", "the key", "a path", "to ask")
    )
    with open_receiver("healthy") as receiver:
        webhook_id = sending.subscribe(receiver)
        season.rows("UPDATE webhooks SET earlier_secret = secret, earlier_secret_ends_at = now() + interval '1 day'")
        alone = open_vault(ANOTHER_KEY)
        keep_house(replace(season.parts, vault=open_vault(f"{ANOTHER_KEY},{SECRETS_KEY}")))
        sealed = stored(season)
        keep_house(replace(season.parts, vault=open_vault(f"{ANOTHER_KEY},{SECRETS_KEY}")))
        sending.steps = steps_of(replace(season.parts, delivering=replace(season.parts.delivering, vault=alone)))
        event_id = sending.happen(1)
        assert within(5, partial(sending.beat_until, receiver, event_id))

    assert sending.webhook(webhook_id)["failures"] == 0
    assert stored(season) == sealed, "what is sealed with the newest key is left alone"
    account = account_at(season.parts.db, alone, "kdniao", "a path")
    assert account
    assert (account.secrets, account.query_key) == (("the key",), "to ask")


def test_one_secret_that_no_key_opens_keeps_no_other_from_being_sealed_anew(season: Season) -> None:
    sending = Sending(season)
    with open_receiver("healthy") as receiver:
        lost, kept = sending.subscribe(receiver), sending.subscribe(receiver)
    season.rows("UPDATE webhooks SET secret = '封:lost' WHERE webhook_id = %s", lost)
    before = stored(season)
    with capture_logs() as logged:
        keep_house(replace(season.parts, vault=open_vault(f"{ANOTHER_KEY},{SECRETS_KEY}")))

    changed = {webhook_id for webhook_id, *secrets in stored(season) if [webhook_id, *secrets] not in before}
    assert changed == {kept}
    assert [line["webhook_id"] for line in logged if line["event"] == "secrets_locked"] == [lost]


def stored(season: Season) -> list[list[object]]:
    """What is kept of each secret."""
    webhooks = season.rows("SELECT webhook_id, secret, earlier_secret FROM webhooks")
    accounts = season.rows("SELECT account_id, secrets, query_key FROM carrier_accounts")
    return sorted([list(row.values()) for row in webhooks + accounts], key=str)
