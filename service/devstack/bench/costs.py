"""What each part costs a claim: processor's time by process, rows and bytes in Postgres, bytes of its log."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from signal import SIGCONT, SIGSTOP

from service.devstack.bench import requests
from service.devstack.bench.effort import Effort, Tell
from service.devstack.bench.figures import Figure
from service.devstack.bench.loading import put_load
from service.devstack.bench.memory import API
from service.devstack.bench.photos import phone_photo
from service.devstack.bench.processes import cpu_seconds
from service.devstack.bench.programs import psql
from service.devstack.bench.stage import Stage
from service.devstack.leashed import StartError
from service.devstack.stack import worker_of
from service.queues import TERMS, Kind, Queue
from service.wiring.broker import Waker

POSTGRES = "postgres"
DONE_SECONDS = 180.0
MILLISECONDS_A_DAY = 86_400_000
BUSY_SHARE = 0.5
PHOTOS_A_CLAIM = 2
INTAKE, DECISION, REFUND = "intake, a claim", "decision, charge and sale, a claim", "refund, a claim"
UPLOAD, DECODING = "upload, a photo", "decoding, a photo"
DECIDING = (Kind.DECIDE_CLAIM, Kind.ATTRIBUTE_CLAIM, Kind.RELEASE_SALE)


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of processor a piece in the process itself and in Postgres, and bytes of its log."""

    own_ms: float
    postgres_ms: float
    log_bytes: float


def bench_costs(stage: Stage, effort: Effort, tell: Tell) -> list[Figure]:
    """Take, decide and pay the same claims, one part after the other, and look at what each used."""
    workers = {queue: worker_of(queue) for queue in Queue}
    stage.work(*workers.values())
    stage.warm_up()
    _await_done(stage, tuple(Kind))
    for worker in workers.values():
        stage.stack.supervisor.kill(worker, SIGSTOP)
    claims, photos = effort.share(2000), effort.share(200)
    first = stage.take_orders(claims)
    photo = phone_photo()
    sizes = _sizes(stage)
    costs: dict[str, Cost] = {}

    def part(what: str, process: str, count: int, act: Callable[[], object]) -> None:
        cost = costs[what] = _cost(stage, process, count, act)
        tell(f"{what}: {cost.own_ms:.2f} ms, {cost.postgres_ms:.2f} ms in Postgres, {cost.log_bytes:.0f} bytes of log")

    taken = [requests.claim(stage, "cost")]
    part(INTAKE, API, claims, lambda: put_load(stage, taken, first, claims))
    part(DECISION, _queue(Queue.DECISIONS), claims, lambda: _let(stage, DECIDING))
    part(REFUND, _queue(Queue.MONEY), claims, lambda: _let(stage, (Kind.REFUND_BUYER,)))
    kept = _kept(sizes, _sizes(stage), claims)
    sent = [requests.raw_photo(stage, "cost-photo", photo)]
    part(UPLOAD, API, photos, lambda: put_load(stage, sent, 1, photos))
    part(DECODING, _queue(Queue.PHOTOS), photos, lambda: _let(stage, (Kind.INSPECT_EVIDENCE,)))
    stage.rest()
    return [figure for what, cost in costs.items() for figure in _figures(what, cost)] + kept + whole(costs)


def whole(costs: dict[str, Cost]) -> list[Figure]:
    """Add the parts up to a claim with two photos, and to the claims a day that a core of Postgres carries."""
    times = {INTAKE: 1, DECISION: 1, REFUND: 1, UPLOAD: PHOTOS_A_CLAIM, DECODING: PHOTOS_A_CLAIM}
    own = sum(costs[part].own_ms * n for part, n in times.items())
    postgres = sum(costs[part].postgres_ms * n for part, n in times.items())
    log = sum(costs[part].log_bytes * n for part, n in times.items())
    return [
        Figure("costs", "a claim with two photos from end to end: our processes", own, "ms of processor"),
        Figure("costs", "a claim with two photos from end to end: Postgres", postgres, "ms of processor"),
        Figure("costs", "a claim with two photos from end to end: Postgres's log", log, "bytes"),
        Figure(
            "costs",
            "claims a day for each core of Postgres, half of it left free",
            MILLISECONDS_A_DAY * BUSY_SHARE / postgres,
            "claims",
        ),
    ]


def _cost(stage: Stage, process: str, count: int, act: Callable[[], object]) -> Cost:
    own, postgres, log = cpu_seconds(os.getpid(), process), cpu_seconds(os.getpid(), POSTGRES), _written(stage)
    act()
    return Cost(
        (cpu_seconds(os.getpid(), process) - own) / count * 1000,
        (cpu_seconds(os.getpid(), POSTGRES) - postgres) / count * 1000,
        (_written(stage) - log) / count,
    )


def _figures(what: str, cost: Cost) -> list[Figure]:
    return [
        Figure("costs", what, cost.own_ms, "ms of processor"),
        Figure("costs", f"{what}: Postgres", cost.postgres_ms, "ms of processor"),
        Figure("costs", f"{what}: Postgres's log", cost.log_bytes, "bytes"),
    ]


def _kept(before: dict[str, tuple[int, int, int]], after: dict[str, tuple[int, int, int]], claims: int) -> list[Figure]:
    """What a claim leaves behind from intake to refund."""
    grown = [tuple(after[name][n] - before[name][n] for n in range(3)) for name in before]
    rows, table, index = (sum(part[n] for part in grown) / claims for n in range(3))
    return [
        Figure("costs", "rows left by a claim", rows, "rows"),
        Figure("costs", "tables grown by a claim", table, "bytes"),
        Figure("costs", "indexes grown by a claim", index, "bytes"),
    ]


def _let(stage: Stage, kinds: tuple[Kind, ...]) -> None:
    """Let the one worker of these kinds go on until nothing of them is due."""
    worker = worker_of(TERMS[kinds[0]].queue)
    stage.stack.supervisor.kill(worker, SIGCONT)
    Waker(stage.stack.env["REDIS_URL"]).wake(kinds)
    _await_done(stage, kinds)
    stage.stack.supervisor.kill(worker, SIGSTOP)


def _await_done(stage: Stage, kinds: tuple[Kind, ...]) -> None:
    wanted = {"kinds": "{" + ",".join(kinds) + "}"}
    ends_at = time.monotonic() + DONE_SECONDS
    while time.monotonic() < ends_at:
        [[left]] = psql(stage.database_url, "open_work.sql", wanted)
        if left == "0":
            return
        time.sleep(0.5)
    raise StartError(f"{left} steps of {', '.join(kinds)} were not done within {DONE_SECONDS:g} s")


def _sizes(stage: Stage) -> dict[str, tuple[int, int, int]]:
    rows = psql(stage.database_url, "sizes.sql")
    return {name: (int(count), int(table), int(index)) for name, count, table, index in rows}


def _written(stage: Stage) -> int:
    [[written]] = psql(stage.database_url, "written.sql")
    return int(written)


def _queue(queue: Queue) -> str:
    return f"--queues={queue}"
