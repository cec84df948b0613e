"""The same service with a million claims behind it, against one with ten thousand: intake, decisions, pages."""

from collections.abc import Callable
from dataclasses import dataclass

from service.devstack.bench import requests
from service.devstack.bench.decisions import decide_in_batches
from service.devstack.bench.effort import Effort, Tell
from service.devstack.bench.figures import Figure, of_rounds
from service.devstack.bench.loading import put_load
from service.devstack.bench.programs import psql
from service.devstack.bench.stage import Stage, staged
from service.devstack.stack import worker_of
from service.queues import Queue

CLIENTS = 8
PIECE = 100_000
LEAST = 0.85
FARMER = "farmer-7"


@dataclass(frozen=True, slots=True)
class _Trial:
    what: str
    unit: str
    run: Callable[[Stage, int], float]


def bench_scale(few: Stage, effort: Effort, tell: Tell) -> list[Figure]:
    """Fill two databases on servers of their own, then alternate between them."""
    with staged(few.processes) as many:
        _fill(few, effort.few_claims, tell)
        _fill(many, effort.many_claims, tell)
        trials = _trials(effort)
        pairs: dict[str, list[tuple[float, float]]] = {trial.what: [] for trial in trials}
        for turn in range(-1, effort.rounds):
            for trial in trials:
                pair = trial.run(many, turn), trial.run(few, turn)
                if turn >= 0:  # The first round is to warm up.
                    pairs[trial.what].append(pair)
                    tell(f"round {turn + 1}: {trial.what}: {pair[0]:.0f} with many, {pair[1]:.0f} with few")
    return [
        Figure(
            "scale",
            f"{trial.what} with {effort.many_claims:,} claims",
            *_beside(pairs[trial.what], trial.unit, f"with {effort.few_claims:,} claims"),
            aim=LEAST,
        )
        for trial in trials
    ]


def _beside(pairs: list[tuple[float, float]], unit: str, floor_what: str) -> tuple[float, str, float, str]:
    value, floor = of_rounds(pairs)
    return value, unit, floor, floor_what


def _trials(effort: Effort) -> list[_Trial]:
    claims, decisions, pages = effort.share(600), effort.share(1000), effort.share(800)
    return [
        _Trial("claims taken as JSON", "claims/s", lambda stage, turn: _intake(stage, claims, turn)),
        _Trial("decisions by one worker", "decisions/s", lambda stage, _: decide_in_batches(stage, decisions)),
        _Trial("a farmer's charges", "pages/s", lambda stage, _: _pages(stage, "charges", pages)),
        _Trial("a farmer's balance", "pages/s", lambda stage, _: _pages(stage, "balance", pages)),
    ]


def _intake(stage: Stage, count: int, turn: int) -> float:
    first = stage.take_orders(count)
    taken = put_load(stage, [requests.claim(stage, f"scale{turn}")], first, count, connections=CLIENTS)
    psql(stage.database_url, "forget.sql")
    return taken.done / taken.seconds


def _pages(stage: Stage, page: str, count: int) -> float:
    asked = requests.get(stage, f"/v1/farmers/{FARMER}/{page}", "developer")
    taken = put_load(stage, [asked], 1, count, connections=CLIENTS)
    return taken.done / taken.seconds


def _fill(stage: Stage, claims: int, tell: Tell) -> None:
    decider = worker_of(Queue.DECISIONS)
    stage.work(decider, "sweeper")
    sample = stage.warm_up()
    stage.rest("sweeper")
    psql(stage.database_url, "filling.sql")
    for done in range(0, claims, PIECE):
        stage.take_past(min(PIECE, claims - done), sample)
        tell(f"{min(done + PIECE, claims):,} of {claims:,} claims are there")
    psql(stage.database_url, "rolled_up.sql")
