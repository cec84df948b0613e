"""Where a scenario plays: a whole stack of its own, ways to post claims to it, and the oracle at the end."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count

from service.devstack.ports import LOOPBACK, free_port
from service.devstack.stack import Stack, serving
from service.devstack.storm.acknowledged import Acknowledged
from service.devstack.storm.cases import usual_case
from service.devstack.storm.diary import Diary
from service.devstack.storm.door import CALL_SECONDS, Door
from service.devstack.storm.load import Act, Posting, post_case, upload_photos
from service.devstack.storm.oracle import Verdict, await_settled, judge
from service.devstack.storm.scenario import Outcome, Wish
from service.devstack.storm.servers import StruckServers, struck_servers
from service.queues import Queue
from service.store import audit
from service.store.database import Database

SETTLED_SECONDS = 60.0
"""All that was acknowledged is decided, paid and charged this soon after the last fault."""

START_SECONDS = 90.0
LOOK_SECONDS = 0.2


@dataclass
class Stage:
    """A running service under a storm; `db` is for counting."""

    wish: Wish
    diary: Diary
    servers: StruckServers
    stack: Stack
    db: Database
    api_urls: tuple[str, ...]
    photos: list[str] = field(default_factory=list)
    acknowledged: Acknowledged = field(default_factory=Acknowledged)
    call_seconds: float = CALL_SECONDS
    _doors: "count[int]" = field(default_factory=count)

    def door(self) -> Door:
        """A caller of its own for one thread; of several addresses each caller begins with the next."""
        first = next(self._doors) % len(self.api_urls)
        urls = (*self.api_urls[first:], *self.api_urls[:first])
        return Door(urls, self.stack.tokens, self.acknowledged, self.call_seconds)

    def upload_photos(self) -> None:
        """Upload the photos that the usual claims show."""
        self.photos = upload_photos(self.door(), self.wish.seed)

    def post(self, numbers: range, seconds: float = 0.0, act: Act | None = None) -> Posting:
        """Begin to post (the usual claims), spread over so many seconds, or as fast as it goes."""
        return Posting(self.door, act or self.post_usual, numbers, seconds)

    def post_usual(self, door: Door, number: int) -> None:
        """Post the claim of that number under this storm's seed."""
        post_case(door, usual_case(self.wish.seed, number, self.photos))

    def start_worker(self, queue: Queue, name: str, env: Mapping[str, str] | None = None) -> None:
        """Start one more worker of a queue, with these settings on top of the usual ones."""
        argv = [sys.executable, "-m", "workers", queue]
        self.stack.supervisor.start(name, argv, {**self.stack.env, **(env or {})})

    def await_workers(self, *names: str) -> None:
        """Wait until these workers are ready, which takes long on a busy machine; RuntimeError when one never is."""
        ends_at = time.monotonic() + START_SECONDS
        for name in names:
            while "worker_ready" not in self.stack.supervisor.log(name).read_text(errors="replace"):
                if time.monotonic() > ends_at:
                    raise RuntimeError(f"{name} was not ready after {START_SECONDS:g} s")
                time.sleep(LOOK_SECONDS)

    def unsettled(self) -> int:
        """How many of the acknowledged claims are not decided, paid and charged yet."""
        with self.db.autocommit() as conn:
            return len(audit.unsettled(conn, list(self.acknowledged.claims)))

    def settled(self, asked: int, *, claim_ids: Sequence[str] | None = None, parked: Sequence[str] = ()) -> Verdict:
        """Wait until what was acknowledged is settled, a minute at most, and let the oracle count.

        `parked` are the subjects whose work is meant to be parked.
        """
        wanted = list(self.acknowledged.claims) if claim_ids is None else list(claim_ids)
        settled_after = await_settled(self.db, wanted, SETTLED_SECONDS, self.diary.told)
        return judge(self.db, self.stack, wanted, asked, settled_after, parked=parked)

    def outcome(
        self, verdict: Verdict, faults: Sequence[str] = (), figures: Mapping[str, str] | None = None
    ) -> Outcome:
        """Join what the oracle and the scenario found, with the figures that every storm has."""
        settled = verdict.settled_after_seconds
        usual = {
            "claims": f"{verdict.asked} asked, {verdict.claims} acknowledged",
            "slowest claim": f"{self.acknowledged.slowest_seconds:.2f} s from its first POST to 201",
            "other answers": self.acknowledged.others_in_words(),
            "settled": "never" if settled is None else f"{settled:.1f} s after the last fault",
            "bank effects": str(verdict.bank_effects),
        }
        found = (*verdict.faults, *self.acknowledged.faults(), *faults)
        return Outcome(found, usual | dict(figures or {}))


@contextmanager
def raised(
    wish: Wish, diary: Diary, *, servers: StruckServers | None = None, bank_host: str = LOOPBACK
) -> Iterator[Stage]:
    """Raise a stage in the wish's folder, photos uploaded, and strike it at the end.

    `servers` are the scenario's own, where they must stand on something special.
    """
    with ExitStack() as standing:
        struck = servers or standing.enter_context(struck_servers(wish.folder))
        stack = standing.enter_context(serving(wish.folder, free_port(), struck.addresses, bank_host=bank_host))
        db = Database(stack.env["DATABASE_URL"]).open()
        standing.callback(db.close)
        stage = Stage(wish, diary, struck, stack, db, (stack.api_url,))
        stage.upload_photos()
        diary.begin()
        yield stage
