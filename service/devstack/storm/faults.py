"""What strikes in a storm, and when: drawn from the seed, so that a storm can be had again."""

import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import urllib3

from service.devstack.stack import Stack, worker_of
from service.devstack.storm.servers import StruckServers
from service.devstack.supervisor import Supervisor
from service.queues import Queue

WORKER_EVERY_SECONDS = 2.0
BROKER_AWAY_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault at so many seconds after the storm began."""

    at_seconds: float
    name: str
    strike: Callable[[], None]


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
        ("broker killed", lambda: _broker_away(servers)),
        ("database restarted at once", servers.crash_postgres),
        ("API killed", lambda: supervisor.restart("api")),
        ("sweeper killed", lambda: supervisor.restart("sweeper")),
    )
    strikes += [Strike(chance.uniform(0.1, 0.9) * seconds, name, strike) for name, strike in others]
    return sorted(strikes, key=lambda strike: strike.at_seconds)


def _worker_killed(supervisor: Supervisor, at_seconds: float, queue: Queue) -> Strike:
    return Strike(at_seconds, f"{queue} worker killed", lambda: supervisor.restart(worker_of(queue)))


def let_loose(strikes: list[Strike], tell: Callable[[str], None], stop: threading.Event) -> None:
    """Strike on time, until all have struck or the storm is called off."""
    began = time.monotonic()
    for strike in strikes:
        if stop.wait(max(strike.at_seconds - (time.monotonic() - began), 0)):
            return
        strike.strike()
        tell(f"{time.monotonic() - began:5.1f} s  {strike.name}")


def bank_faults(stack: Stack, seed: int) -> None:
    """Let the bank time out after success, fail before and after, and be slow, each now and then."""
    kinds = (("timeout_after_success", 0.05), ("error_500", 0.05), ("error_500_after_success", 0.05), ("slow", 0.02))
    for kind, probability in kinds:
        fault = {"fault": kind, "probability": probability, "seed": seed, "count": None, "seconds": 1.0}
        _bank(stack, "POST", fault)


def bank_healed(stack: Stack) -> None:
    """End every fault of the bank."""
    _bank(stack, "DELETE", None)


def _bank(stack: Stack, method: str, body: object) -> None:
    headers = {"Authorization": f"Bearer {stack.env['MAKEGOOD_BANK_SECRET']}", "Content-Type": "application/json"}
    answer = urllib3.request(
        method, f"{stack.bank_url}/v1/faults", body=json.dumps(body) if body else None, headers=headers
    )
    if answer.status >= 300:
        raise RuntimeError(f"the bank refused to misbehave: {answer.status} {answer.data.decode()}")


def _broker_away(servers: StruckServers) -> None:
    servers.kill_valkey()
    time.sleep(BROKER_AWAY_SECONDS)
    servers.start_valkey()
