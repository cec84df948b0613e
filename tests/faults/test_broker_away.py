"""Whatever the broker does, nothing that takes a claim ever waits for it."""

import time
from concurrent.futures import ThreadPoolExecutor
from signal import SIGCONT, SIGSTOP

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from service.devstack.server import Server
from service.queues import Kind
from service.wiring.broker import TASK, Nudger, Waker, make_celery

NOWHERE = "redis://127.0.0.1:1/0"
PATIENCE_SECONDS = 20.0
AT_ONCE_SECONDS = 0.5
"""Far below any time-out of the broker's, and above what a busy machine makes a thread wait."""


def slowest_nudge(url: str) -> float:
    """The longest of fifty nudges, in seconds, once its thread is there."""
    nudger, slowest = Nudger(url), 0.0
    nudger.nudge([Kind.DECIDE_CLAIM])
    time.sleep(AT_ONCE_SECONDS)
    for _ in range(50):
        began = time.perf_counter()
        nudger.nudge([Kind.DECIDE_CLAIM])
        slowest = max(slowest, time.perf_counter() - began)
    return slowest


def test_a_nudge_never_waits_for_a_broker_that_is_not_there() -> None:
    assert slowest_nudge(NOWHERE) < AT_ONCE_SECONDS


def test_a_nudge_never_waits_for_a_broker_that_hangs(broker: Server) -> None:
    broker.process.send(SIGSTOP)

    assert slowest_nudge(broker.url) < AT_ONCE_SECONDS


def test_a_wake_up_without_a_broker_is_given_up_and_says_so() -> None:
    assert not Waker(NOWHERE).wake([Kind.DECIDE_CLAIM])


def test_on_a_connection_that_went_dead_waking_and_publishing_give_up_and_work_again_afterwards(
    broker: Server,
) -> None:
    waker, celery = Waker(broker.url), make_celery(broker.url)
    assert waker.wake([Kind.PAY_FARMER])
    celery.send_task(TASK, args=["money"], queue="money", retry=False)
    broker.process.send(SIGSTOP)

    with ThreadPoolExecutor(2) as threads:
        waking = threads.submit(waker.wake, [Kind.DECIDE_CLAIM])
        publishing = threads.submit(celery.send_task, TASK, args=["money"], queue="money", retry=False)
        assert waking.result(PATIENCE_SECONDS) is False
        assert isinstance(publishing.exception(PATIENCE_SECONDS), (RedisError, OperationalError, OSError))

    broker.process.send(SIGCONT)
    assert waker.wake([Kind.REFUND_BUYER])
