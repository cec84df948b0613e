"""The general storm: workers every two seconds, everything else once or twice, and a bank that fails now and then."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from service.devstack.stack import Stack, worker_of
from service.devstack.storm.bank import bank_faults, bank_healed
from service.devstack.storm.diary import Diary
from service.devstack.storm.scenario import Outcome, Scenario, Wish
from service.devstack.storm.servers import StruckServers
from service.devstack.storm.stage import raised
from service.devstack.supervisor import Supervisor
from service.queues import Queue

WORKER_EVERY_SECONDS = 2.0
BROKER_AWAY_SECONDS = 1.5
POSTED_SHARE = 0.9
"""Claims come for this part of the storm, so that they meet every strike."""


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault at so many seconds after the storm began."""

    at_seconds: float
    name: str
    strike: Callable[[], None]


def play(wish: Wish, diary: Diary) -> Outcome:
    """Post while everything dies in turn."""
    stop = threading.Event()
    with raised(wish, diary) as stage:
        bank_faults(stage.stack, wish.seed)
        strikes = plan(stage.stack, stage.servers, wish.seed, wish.seconds)
        striking = threading.Thread(target=let_loose, args=(strikes, diary, stop), daemon=True)
        striking.start()
        try:
            with (
                diary.following(stage.acknowledged, wish.seconds),
                stage.post(range(wish.claims), wish.seconds * POSTED_SHARE) as posting,
            ):
                posted_seconds = posting.finish()
                striking.join()
        finally:
            stop.set()
        bank_healed(stage.stack)
        diary.struck("the last fault is over")
        verdict = stage.settled(wish.claims)
        return stage.outcome(
            verdict, figures={"posted": f"in {posted_seconds:.1f} s", "strikes": f"{len(strikes)}, and the bank's"}
        )


def plan(stack: Stack, servers: StruckServers, seed: int, seconds: float) -> list[Strike]:
    """Return the strikes of a storm: workers every two seconds, everything else once or twice."""
    chance = random.Random(seed)
    supervisor = stack.supervisor
    strikes = [
        _worker_killed(supervisor, WORKER_EVERY_SECONDS * number, chance.choice(list(Queue)))
        for number in range(1, int(seconds / WORKER_EVERY_SECONDS))
    ]
    others: tuple[tuple[str, Callable[[], None]], ...] = (
        ("broker flushed", servers.flush_valkey),
        ("broker flushed", servers.flush_valkey),
        (f"broker killed and away for {BROKER_AWAY_SECONDS} s", lambda: _broker_away(servers)),
        ("database shut down at once and restarted", servers.crash_postgres),
        ("API killed", lambda: supervisor.restart("api")),
        ("sweeper killed", lambda: supervisor.restart("sweeper")),
    )
    strikes += [Strike(chance.uniform(0.1, 0.9) * seconds, name, strike) for name, strike in others]
    return sorted(strikes, key=lambda strike: strike.at_seconds)


def _worker_killed(supervisor: Supervisor, at_seconds: float, queue: Queue) -> Strike:
    return Strike(at_seconds, f"{queue} worker killed", lambda: supervisor.restart(worker_of(queue)))


def let_loose(strikes: list[Strike], diary: Diary, stop: threading.Event) -> None:
    """Strike on time, until all have struck or the storm is called off."""
    for strike in strikes:
        if stop.wait(max(strike.at_seconds - diary.seconds, 0)):
            return
        diary.struck(strike.name)
        strike.strike()


def _broker_away(servers: StruckServers) -> None:
    servers.kill_valkey()
    time.sleep(BROKER_AWAY_SECONDS)
    servers.start_valkey()


SCENARIO = Scenario(
    name="general",
    strikes="workers killed every 2 s; broker flushed twice and killed once; database shut down at once; "
    "API and sweeper killed; the bank slow, failing, timing out after success",
    holds="nothing acknowledged is lost, one bank effect a refund, books balance, all settled within 60 s",
    claims=3000,
    seconds=40.0,
    play=play,
)
