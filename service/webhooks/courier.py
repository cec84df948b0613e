"""Lets turns run each in a thread of its own, so many at once and no more: a slow one holds up nobody else."""

import threading
import time
from collections.abc import Callable, Sequence

Turn = Callable[[], object]

PATIENCE_SECONDS = 0.25
"""How long a batch is waited for; ordinary receivers are done by then, the others go on by themselves."""


class Courier:
    """The threads of one process; they end with it, since what they hold is leased and comes back by itself."""

    def __init__(self, most: int) -> None:
        self._free = threading.Semaphore(most)

    def send_off(self, turns: Sequence[Turn]) -> int:
        """Begin turns until no thread is free, wait for them a moment, and return how many were begun."""
        begun = []
        for turn in turns:
            if not self._free.acquire(blocking=False):
                break
            begun.append(threading.Thread(target=self._run, args=(turn,), name="courier", daemon=True))
            begun[-1].start()
        ends_at = time.monotonic() + PATIENCE_SECONDS
        for thread in begun:
            thread.join(max(ends_at - time.monotonic(), 0))
        return len(begun)

    def _run(self, turn: Turn) -> None:
        try:
            turn()
        finally:
            self._free.release()
