"""A machine whose clock is wrong signs, wakes and decides all the same: the database's clock is the one that counts."""

import json
import time

import pytest
from redis import Redis

from service.devstack.server import Server
from service.queues import Kind, Queue
from service.wiring.broker import MOST_WAITING, Waker, wake_key
from service.wiring.clock import READ_EVERY_SECONDS, DatabaseClock
from tests.builders import Season


def test_the_shared_clock_is_the_database_s_and_goes_on_while_that_is_away(season: Season) -> None:
    ticks = [100.0]
    began = time.time()
    clock = DatabaseClock(season.parts.db, lambda: ticks[0])
    assert clock() == pytest.approx(began, abs=5)

    ticks[0] += READ_EVERY_SECONDS / 2
    assert clock() == pytest.approx(began + READ_EVERY_SECONDS / 2, abs=5)


def test_the_shared_clock_is_read_again_every_minute(season: Season) -> None:
    ticks = [100.0]
    clock = DatabaseClock(season.parts.db, lambda: ticks[0])

    ticks[0] += READ_EVERY_SECONDS * 60
    assert clock() == pytest.approx(time.time(), abs=5)


def test_a_wake_up_has_no_end_that_a_fast_clock_could_have_passed(broker: Server) -> None:
    assert Waker(broker.url).wake([Kind.DECIDE_CLAIM])

    (message,) = Redis.from_url(broker.url).lrange("decisions", 0, -1)
    assert json.loads(message)["headers"]["expires"] is None


def test_a_queue_that_nobody_empties_keeps_only_so_many_wake_ups(broker: Server) -> None:
    waker, redis = Waker(broker.url), Redis.from_url(broker.url)
    for _ in range(MOST_WAITING + 5):
        redis.delete(wake_key(Queue.MONEY))
        assert waker.wake([Kind.PAY_FARMER])

    assert redis.llen("money") == MOST_WAITING
