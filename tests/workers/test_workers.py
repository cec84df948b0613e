"""The worker processes as they really run: woken through the broker, they decide and pay."""

from collections.abc import Callable

from redis import Redis

from service.devstack.leashed import Leashed
from service.devstack.server import Server
from service.queues import Kind, Queue
from service.wiring.broker import Nudger, Waker
from tests.builders import BankAtHand, Season
from tests.workers.conftest import within

START_SECONDS = 45.0


def test_a_nudged_worker_decides_and_wakes_the_ones_that_pay(
    season: Season, bank: BankAtHand, broker: Server, start: Callable[..., Leashed], claim_id: str
) -> None:
    workers = start("workers", "decisions", "money", redis_url=broker.url)
    Nudger(broker.url).nudge([Kind.DECIDE_CLAIM])

    assert within(START_SECONDS, lambda: season.read(claim_id)["refund_status"] == "succeeded"), workers.last_words()
    assert [effect["amount"] for effect in bank.effects()] == [1990]
    assert within(5, lambda: season.read(claim_id)["liability"] != [])
    assert within(5, lambda: "claim_decided" in workers.last_words(100)), "a worker's own log lines must get through"


def test_what_nobody_nudged_is_woken_by_the_sweeper(
    season: Season, broker: Server, start: Callable[..., Leashed], claim_id: str
) -> None:
    workers = start("workers", "decisions", redis_url=broker.url)
    start("workers.sweeper", redis_url=broker.url)

    assert within(START_SECONDS, lambda: season.read(claim_id)["status"] == "approved"), workers.last_words()


def test_wake_ups_of_a_queue_are_one_until_a_worker_begins(broker: Server) -> None:
    waker = Waker(broker.url)
    for _ in range(5):
        assert waker.wake([Kind.DECIDE_CLAIM, Kind.ATTRIBUTE_CLAIM, Kind.PAY_FARMER])
    waker.begin(Queue.DECISIONS)
    assert waker.wake([Kind.DECIDE_CLAIM, Kind.PAY_FARMER])

    assert (waiting(broker, "decisions"), waiting(broker, "money")) == (2, 1)


def waiting(broker: Server, queue: str) -> int:
    return int(Redis.from_url(broker.url).llen(queue))
