"""The one clock that all processes share: the database's, whatever the machine's own says."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from service.store import watch
from service.store.database import Database, DatabaseUnavailable

READ_EVERY_SECONDS = 60.0


class DatabaseClock:
    """Seconds since 1970 by the database, read now and then and carried on by `ticks` in between.

    A payment service refuses a signature that is minutes off, and a machine's clock may be hours off.
    """

    def __init__(self, db: Database, ticks: Callable[[], float] = time.monotonic) -> None:
        self._db, self._ticks = db, ticks
        self._lock = threading.Lock()
        self._read_at, self._seconds = self._read()

    def __call__(self) -> float:
        """Return the time; while the database is away it goes on from what was read last."""
        with self._lock:
            if self._ticks() - self._read_at > READ_EVERY_SECONDS:
                with suppress(DatabaseUnavailable):
                    self._read_at, self._seconds = self._read()
            return self._seconds + self._ticks() - self._read_at

    def _read(self) -> tuple[float, float]:
        with self._db.autocommit() as conn:
            return self._ticks(), watch.clock_seconds(conn)
