"""A leashed server: waited for until it answers, started again if its port was taken, stopped in time."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from signal import Signals

from service.devstack.leashed import Leashed, StartError

STARTS = 5
"""A free port may be taken before it is used, and a killed PostgreSQL may hold its memory for a moment."""
PAUSE_SECONDS = 0.2
START_SECONDS = 30.0
STOP_SECONDS = 0.7


@dataclass(frozen=True, slots=True)
class Server:
    """A process that listens; `answers` is one round trip in its own protocol."""

    name: str
    process: Leashed
    url: str
    answers: Callable[[], bool]
    stop_signal: Signals


def started(start: Callable[[], Server]) -> Server:
    """Start it until it answers; StartError with its last words when it ends every time or stays silent."""
    for _ in range(STARTS):
        server = start()
        try:
            if _comes_up(server):
                return server
        except BaseException:
            server.process.kill()
            raise
        time.sleep(PAUSE_SECONDS)
    raise StartError(
        f"{server.name} ended at its start {STARTS} times; the end of {server.process.log} says:\n"
        f"{server.process.last_words()}"
    )


def stop(*servers: Server) -> None:
    """Ask them to stop at once, and end those that take too long; they recover from that at the next start."""
    for server in servers:
        server.process.send(server.stop_signal)
    ends_at = time.monotonic() + STOP_SECONDS
    for server in servers:
        if not server.process.ended_within(ends_at - time.monotonic()):
            server.process.kill()


def _comes_up(server: Server) -> bool:
    """False when it ended instead."""
    ends_at = time.monotonic() + START_SECONDS
    while time.monotonic() < ends_at:
        with suppress(OSError):
            if server.answers():
                return True
        if server.process.ended_within(0.03):
            return False
    raise StartError(f"{server.name} did not answer within {START_SECONDS:g} s; see {server.process.log}")
