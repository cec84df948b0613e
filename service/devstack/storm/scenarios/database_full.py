"""The disk of the database is full: claims are refused with 503, and Postgres comes back or is started again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.devstack.account import hand_over, stepping_down
from service.devstack.leashed import StartError
from service.devstack.storm.diary import Diary
from service.devstack.storm.disk import small_disk
from service.devstack.storm.scenario import Outcome, Scenario, Wish
from service.devstack.storm.scenarios.photos_full import Filling, dishonest, fill_for_a_while
from service.devstack.storm.servers import StruckServers, struck_servers
from service.devstack.storm.stage import raised

DATA_MEGABYTES, LOG_MEGABYTES = 256, 64
SETTINGS = {"max_wal_size": "32MB", "min_wal_size": "2MB"}
LOG_FILE_MEGABYTES = 1
"""A log in such files needs a new one every few seconds; without room for one, Postgres panics."""
HONEST = ("503 database_unavailable",)
LOOK_SECONDS = 0.5


def play(wish: Wish, diary: Diary) -> Outcome:
    """Post while the disk of the data, then that of the write-ahead log, is full; a keeper starts a dead Postgres."""
    small, log = wish.folder / "small", wish.folder / "small-log"
    making = (f"--waldir={log}", f"--wal-segsize={LOG_FILE_MEGABYTES}")
    with (
        small_disk(small, DATA_MEGABYTES, "711") as data_disk,
        small_disk(log, LOG_MEGABYTES, "700") as log_disk,
        _handed_over(small, log, wish.folder / "logs"),
        struck_servers(wish.folder, database_folder=small, settings=SETTINGS, making=making) as servers,
        raised(wish, diary, servers=servers) as stage,
    ):
        keeper, over = _Keeper(servers, diary), threading.Event()
        fillings = (
            Filling(data_disk, "the disk of the data", 0.15, 0.45),
            Filling(log_disk, "the disk of the write-ahead log", 0.6, 0.8),
        )
        striking = threading.Thread(target=fill_for_a_while, args=(stage, *fillings), daemon=True)
        keeping = threading.Thread(target=keeper.keep, args=(over,), daemon=True)
        striking.start()
        keeping.start()
        with (
            diary.following(stage.acknowledged, wish.seconds),
            stage.post(range(wish.claims), wish.seconds) as posting,
        ):
            posting.finish()
            striking.join()
        verdict = stage.settled(wish.claims)
        over.set()
        keeping.join()
        figures = {"database": f"started again by its keeper {keeper.starts} times", "in its log": _panics(wish)}
        return stage.outcome(verdict, dishonest(stage, HONEST), figures)


@contextmanager
def _handed_over(small: Path, log: Path, logs: Path) -> Iterator[None]:
    """Both disks are Postgres' own, but what it says must not need room on them."""
    hand_over(log, stepping_down())
    logs.mkdir(mode=0o700)
    (small / "logs").symlink_to(logs)
    yield


class _Keeper:
    """What a service manager does: starts Postgres again when it has ended."""

    def __init__(self, servers: StruckServers, diary: Diary) -> None:
        self._servers, self._diary = servers, diary
        self.starts = 0

    def keep(self, over: threading.Event) -> None:
        """Look twice a second until the storm is over."""
        while not over.wait(LOOK_SECONDS):
            if not self._servers.postgres_has_ended():
                continue
            self._diary.struck("database ended; starting it again")
            try:
                self._servers.start_postgres()
            except StartError:
                self._diary.struck("database does not start yet")
                continue
            self.starts += 1
            self._diary.struck("database started again")


def _panics(wish: Wish) -> str:
    """Count what Postgres itself said about the full disk."""
    said = (wish.folder / "logs" / "postgres.log").read_text(errors="replace")
    return f"{said.count('No space left on device')} times no space, {said.count('PANIC')} panics"


SCENARIO = Scenario(
    name="database-full",
    strikes="the disk of the database is filled to the last byte and freed, then that of its write-ahead log",
    holds="503 meanwhile, never a false 201; Postgres comes back; all settled within 60 s of room",
    claims=1200,
    seconds=40.0,
    play=play,
)
