"""The scan of deadlines that are due, with a million open orders that are not, against ten thousand."""

import time
from contextlib import closing

from service.devstack.bench.effort import Effort, Tell
from service.devstack.bench.figures import Figure, of_rounds
from service.devstack.bench.programs import psql
from service.devstack.bench.scale import LEAST
from service.devstack.bench.stage import Stage, staged
from service.queues import TERMS, Kind
from service.store import work
from service.store.database import Database

KIND = Kind.CHECK_SHIPPING
NONE, BATCH = "with nothing due", "with a batch due"


def bench_deadlines(few: Stage, effort: Effort, tell: Tell) -> list[Figure]:
    """Let open orders wait in two databases, then alternate between them: what is due is looked for and leased."""
    with staged(1) as many:
        rates: dict[str, list[tuple[float, float]]] = {NONE: [], BATCH: []}
        for stage, orders in ((few, effort.few_claims), (many, effort.many_claims)):
            psql(stage.database_url, "open_orders.sql", {"orders": orders})
            tell(f"{orders:,} open orders wait for their next clock")
        with _opened(many) as large, _opened(few) as small:
            for turn in range(-1, effort.rounds):
                for what, due in ((NONE, 0), (BATCH, TERMS[KIND].batch)):
                    pair = _scans(large, due, effort.share(400)), _scans(small, due, effort.share(400))
                    if turn >= 0:  # The first round is to warm up.
                        rates[what].append(pair)
                        tell(f"round {turn + 1}: {pair[0]:.0f} scans/s {what}, {pair[1]:.0f}/s with few orders")
            plan = _plan(large)
    for line in plan:
        tell(line)
    return [_figure(effort, what, pairs, "; ".join(plan)) for what, pairs in rates.items()]


def _figure(effort: Effort, what: str, pairs: list[tuple[float, float]], plan: str) -> Figure:
    value, floor = of_rounds(pairs)
    return Figure(
        "deadlines",
        f"scans for deadlines with {effort.many_claims:,} open orders, {what}",
        value,
        "scans/s",
        floor,
        f"with {effort.few_claims:,} open orders",
        aim=LEAST,
        note=f"{1000 / value:.2f} ms each" + (f"; the plan, with a batch due: {plan}" if what == BATCH else ""),
    )


def _scans(db: Database, due: int, times: int) -> float:
    """Return how many a second there are of what the sweeper and a worker do to find and lease what is due."""
    took = 0.0
    for turn in range(times):
        with db.autocommit() as conn:
            work.add(conn, KIND, [f"due-{turn}-{number}" for number in range(due)])
            began = time.perf_counter()
            work.due_kinds(conn)
            leased = work.lease(conn, KIND)
            took += time.perf_counter() - began
            work.finish(conn, leased)
    return times / took


def _plan(db: Database) -> list[str]:
    with db.transaction() as conn:
        work.add(conn, KIND, [f"shown-{number}" for number in range(TERMS[KIND].batch)])
        plan = work.scan_plan(conn, KIND)
        conn.rollback()
    return plan


def _opened(stage: Stage) -> closing[Database]:
    return closing(Database(stage.database_url, most=2).open())
