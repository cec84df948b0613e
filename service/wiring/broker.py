"""Wakes workers through the broker: coalesced, best effort, and never in a request's way."""

import threading
import time
from collections.abc import Iterable

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from service.queues import TERMS, Kind, Queue

TASK = "makegood.work"
WAKE_SECONDS = 5
"""How long a wake-up that got lost can keep the next one back."""
MOST_WAITING = 100
"""Wake-ups that a queue without workers piles up; whoever comes back finds enough of them."""
RETRY_PAUSE_SECONDS = 1.0
PACE_SECONDS = 0.02
"""Notes within it of a wake-up share the next: at 4 ms they took a sixth of the API's time, at 10 ms a tenth."""
HEALTH_SECONDS = 0.3
START_SECONDS = 60.0
"""How long a pool process may take to open its parts; Celery's own 4 s end it again and again on a busy machine."""

log = structlog.get_logger()

_SOCKET = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,
}


def make_celery(redis_url: str) -> Celery:
    """Return the Celery app: no results, early acknowledgement, and sockets that give up on a dead broker."""
    app = Celery("makegood", broker=redis_url)
    app.conf.update(
        task_default_queue=Queue.DECISIONS,
        task_ignore_result=True,
        task_acks_late=False,
        task_time_limit=600,
        worker_prefetch_multiplier=1,
        worker_proc_alive_timeout=START_SECONDS,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,  # Redirected, our own log lines would be taken for echoes and dropped.
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=2,
        broker_transport_options={**_SOCKET, "max_retries": 1, "retry_on_timeout": False},
        broker_pool_limit=2,
    )
    return app


class Nudger:
    """Says "there is work in queue Q" from a thread of its own; `nudge` itself only takes a note."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._noted: set[Kind] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def nudge(self, kinds: Iterable[Kind]) -> None:
        """Note kinds to be woken; returns at once, whatever the broker does."""
        with self._changed:
            idle = not self._noted
            self._noted.update(kinds)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="nudger", daemon=True)
                self._thread.start()
            if idle:
                self._changed.notify()

    def _run(self) -> None:
        waker = Waker(self._redis_url)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._noted)
                kinds, self._noted = self._noted, set()
            time.sleep(PACE_SECONDS if waker.wake(kinds) else RETRY_PAUSE_SECONDS)


class Waker:
    """Publishes a wake-up for a queue unless one is under way; the sweeper makes good what fails here."""

    def __init__(self, redis_url: str) -> None:
        self._celery = make_celery(redis_url)
        self._redis = Redis.from_url(redis_url, **_SOCKET)

    def wake(self, kinds: Iterable[Kind]) -> bool:
        """Wake the workers of these kinds; False if the broker did not take it."""
        try:
            for queue in sorted({TERMS[kind].queue for kind in kinds}):
                if self._redis.set(wake_key(queue), "1", nx=True, ex=WAKE_SECONDS):
                    self._send(queue)
        except (RedisError, OperationalError, OSError) as fault:
            log.warning("broker_unavailable", because=str(fault))
            return False
        return True

    def _send(self, queue: Queue) -> None:
        """Put a wake-up into its queue, unless nobody has been taking them out.

        None expires: a worker whose clock is fast would throw away every one of them.
        """
        if self._redis.llen(queue) < MOST_WAITING:
            self._celery.send_task(TASK, args=[queue.value], queue=queue, retry=False)

    def begin(self, queue: Queue) -> None:
        """Let the next wake-up of this queue through; called first by the worker that takes one, best effort."""
        try:
            self._redis.delete(wake_key(queue))
        except (RedisError, OSError) as fault:
            log.warning("broker_unavailable", because=str(fault))


def wake_key(queue: Queue) -> str:
    """Return the key that stands while a wake-up of this queue is on its way."""
    return f"wake:{queue}"


def is_reachable(redis_url: str) -> bool:
    """Say whether the broker answers at once; for a health check, so it waits for a fraction of a second only."""
    try:
        with Redis.from_url(
            redis_url, socket_timeout=HEALTH_SECONDS, socket_connect_timeout=HEALTH_SECONDS, retry=None
        ) as broker:
            return bool(broker.ping())
    except (RedisError, OSError):
        return False
