"""Decisions a second: wake-ups that drain batches, against one Celery task a claim; one worker process each."""

import sys
import time
from collections.abc import Callable
from signal import SIGCONT, SIGSTOP

from service.devstack.bench.effort import Effort, Tell
from service.devstack.bench.figures import Figure, of_rounds
from service.devstack.bench.programs import psql
from service.devstack.bench.stage import Stage
from service.devstack.leashed import StartError
from service.devstack.stack import worker_of
from service.queues import TERMS, Kind, Queue
from service.wiring.broker import Waker, make_celery

OURS, RIVAL = worker_of(Queue.DECISIONS), "rival"
RIVAL_TASK, RIVAL_QUEUE = "rival.decide_one", "rival"
RIVAL_COMMAND = [
    sys.executable, "-m", "celery", "--app=service.devstack.bench.rival", "--quiet", "worker", "--pool=prefork",
    "--concurrency=1", "--loglevel=WARNING", f"--queues={RIVAL_QUEUE}", "--without-gossip", "--without-mingle",
    "--without-heartbeat",
]  # fmt: skip
DECIDED_SECONDS = 120.0
LEAST_CLAIMS = 4 * TERMS[Kind.DECIDE_CLAIM].batch
"""A rate is taken from the first decision to the last, so there have to be some batches."""


def bench_decisions(stage: Stage, effort: Effort, tell: Tell) -> list[Figure]:
    """Alternate rounds in which one of the two workers decides claims that are all there when it begins."""
    supervisor, env = stage.stack.supervisor, stage.stack.env
    stage.work(OURS)
    stage.warm_up()
    supervisor.start(RIVAL, RIVAL_COMMAND, env)
    many, few = effort.share(4000), effort.share(400)
    pairs = []
    try:
        for turn in range(-1, effort.rounds):
            ours = decide_in_batches(stage, many if turn >= 0 else few)
            rival = _decide_one_by_one(stage, few)
            if turn >= 0:  # The first of both is to warm up.
                pairs.append((ours, rival))
                tell(f"round {turn + 1}: {ours:.0f} decisions/s in batches, {rival:.0f}/s with a task a claim")
    finally:
        stage.rest(OURS, RIVAL)
    value, floor = of_rounds(pairs)
    return [
        Figure(
            "decisions",
            "decisions by one worker, in batches",
            value,
            "decisions/s",
            floor,
            "one Celery task a claim, the same flow",
            aim=10.0,
        )
    ]


def decide_in_batches(stage: Stage, count: int) -> float:
    """Let the stage's worker decide so many new claims and return its rate from the first decision to the last."""
    count = max(count, LEAST_CLAIMS)
    first = stage.take_orders(count)
    stage.take_claims(first, count, with_work=True)
    waker = Waker(stage.stack.env["REDIS_URL"])
    seconds = _await_decided(stage, first, count, lambda: waker.wake([Kind.DECIDE_CLAIM]))
    psql(stage.database_url, "rest.sql")
    return (count - TERMS[Kind.DECIDE_CLAIM].batch) / seconds


def _decide_one_by_one(stage: Stage, count: int) -> float:
    """Let the rival decide so many new claims; all tasks are in its queue before it takes the first."""
    first = stage.take_orders(count)
    stage.take_claims(first, count, with_work=False)
    claims = psql(stage.database_url, "claims_on.sql", {"first": first, "last": first + count - 1})
    celery = make_celery(stage.stack.env["REDIS_URL"])
    stage.stack.supervisor.kill(RIVAL, SIGSTOP)
    for [claim_id] in claims:
        celery.send_task(RIVAL_TASK, args=[claim_id], queue=RIVAL_QUEUE)
    stage.stack.supervisor.kill(RIVAL, SIGCONT)
    seconds = _await_decided(stage, first, count, lambda: True)
    psql(stage.database_url, "rest.sql")
    return (count - 1) / seconds


def _await_decided(stage: Stage, first: int, count: int, nudge: Callable[[], bool]) -> float:
    """Nudge as the sweeper would until all are decided; return the seconds from the first decision to the last."""
    ends_at = time.monotonic() + DECIDED_SECONDS
    while time.monotonic() < ends_at:
        nudge()
        [[decided, seconds]] = psql(stage.database_url, "decided.sql", {"first": first, "last": first + count - 1})
        if int(decided) == count:
            return float(seconds)
        time.sleep(0.3)
    raise StartError(
        f"{decided} of {count} claims were decided within {DECIDED_SECONDS:g} s: see {stage.folder / 'logs'}"
    )
