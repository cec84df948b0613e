"""The time line of a storm, told while it goes on: what struck, and how the claims fared meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.devstack.storm.acknowledged import Acknowledged

LEAST_SECONDS = 2.0
ROWS = 30
"""About so many lines tell how the claims fare, however long a storm is."""


class Diary:
    """Tells each strike when it strikes, and every few seconds what was acknowledged; any thread may tell."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._began = time.monotonic()

    def begin(self) -> None:
        """Start the time line's clock."""
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long the storm has been going on."""
        return time.monotonic() - self._began

    def struck(self, what: str) -> None:
        """Tell a strike, or its end."""
        self._tell(f"{self.seconds:7.1f} s  >>> {what}")

    def told(self, what: str) -> None:
        """Tell how it goes."""
        self._tell(f"{self.seconds:7.1f} s      {what}")

    @contextmanager
    def following(self, acknowledged: Acknowledged, seconds: float) -> Iterator[None]:
        """Tell every few seconds what was acknowledged; `seconds` is how long that will about go on."""
        over = threading.Event()
        every_seconds = max(LEAST_SECONDS, seconds / ROWS)
        follower = threading.Thread(target=self._follow, args=(acknowledged, every_seconds, over), daemon=True)
        follower.start()
        try:
            yield
        finally:
            over.set()
            follower.join()

    def _follow(self, acknowledged: Acknowledged, every_seconds: float, over: threading.Event) -> None:
        while not over.wait(every_seconds):
            self.told(acknowledged.since_last_look())
