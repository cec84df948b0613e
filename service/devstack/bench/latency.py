"""Posted to decided in an open loop: claims come at their time, whatever the service does."""

import secrets
import threading
import time
from dataclasses import dataclass, field, replace

import urllib3

from service.devstack.bench import requests
from service.devstack.bench.effort import Effort, Tell
from service.devstack.bench.figures import Figure, percentile
from service.devstack.bench.loading import put_load
from service.devstack.bench.programs import psql
from service.devstack.bench.stage import Stage
from service.devstack.stack import worker_of
from service.queues import Queue

RATES = (100, 200, 400)
SECONDS = 12
CONNECTIONS = 64
WATCHED_EVERY_SECONDS = 0.25
WATCH_PAUSE_SECONDS = 0.01
"""A question costs the machine as much as a claim: asked every 2 ms, it was a sixth of what was measured."""
SETTLED_SECONDS = 60.0
WARMING_SIZE = 0.25
"""Before the first rate: each thread's connection plans its statements once, which is no part of a rate."""
MOST_MILLISECONDS = 50.0


@dataclass
class _Watch:
    """A buyer's app beside the load: posts a claim, asks until it is decided, and notes how long that took."""

    stage: Stage
    first: int
    count: int
    waited: list[float] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Go on until the load has ended or all orders are claimed."""
        http = urllib3.PoolManager(retries=False)
        headers = {"Authorization": f"Bearer {self.stage.app_token}"}
        for number in range(self.first, self.first + self.count):
            body = requests.claim_json(number, [self.stage.photo_id])
            given = {**headers, "Idempotency-Key": secrets.token_hex(8), "Content-Type": "application/json"}
            began = time.perf_counter()
            base = f"{self.stage.stack.api_url}/v1/claims"
            claim = http.request("POST", base, body=body, headers=given).json()
            while claim.get("decided_at") is None and not self.ended.is_set():
                time.sleep(WATCH_PAUSE_SECONDS)
                claim = http.request("GET", f"{base}/{claim['id']}", headers=headers).json()
            if claim.get("decided_at"):
                self.waited.append((time.perf_counter() - began) * 1000)
            if self.ended.wait(WATCHED_EVERY_SECONDS):
                return


def bench_latency(stage: Stage, effort: Effort, tell: Tell) -> list[Figure]:
    """Post at each rate in turn; then once more with the refunds sent to a bank that shares the machine's cores.

    A bank is another company's machine, and what refunds cost is measured elsewhere.
    """
    stage.work(worker_of(Queue.DECISIONS), "sweeper")
    stage.warm_up()
    _at_rate(stage, RATES[-1], replace(effort, size=WARMING_SIZE), lambda _: None)
    figures = [_at_rate(stage, rate, effort, tell) for rate in RATES]
    stage.work()
    crowded = _at_rate(stage, RATES[0], effort, tell)
    stage.rest()
    what = f"posted to decided at {RATES[0]} claims/s, p99, with all workers and the bank on the same cores"
    return [*figures, replace(crowded, what=what, aim=None)]


def _at_rate(stage: Stage, rate: int, effort: Effort, tell: Tell) -> Figure:
    count = round(rate * max(SECONDS * effort.size, 3))
    watched = round(count / rate / WATCHED_EVERY_SECONDS) + 1
    first = stage.take_orders(count + watched)
    watch = _Watch(stage, first + count, watched)
    watching = threading.Thread(target=watch.run)
    watching.start()
    taken = put_load(
        stage, [requests.claim(stage, f"open{rate}")], first, count, connections=CONNECTIONS, rate=float(rate)
    )
    waited = _decided(stage, first, count)
    watch.ended.set()
    watching.join()
    kept_up = taken.done / taken.seconds / rate
    outside = f"{percentile(watch.waited, 0.5):.0f} ms" if watch.waited else "none"
    figure = Figure(
        "latency",
        f"posted to decided at {rate} claims/s, p99",
        percentile(waited, 0.99),
        "ms",
        aim=MOST_MILLISECONDS,
        at_least=False,
        note=f"p50 {percentile(waited, 0.5):.1f} ms; from outside, asking until it is decided: median {outside} of "
        f"{len(watch.waited)}; 201 after p99 {percentile(taken.milliseconds, 0.99):.0f} ms; "
        f"{kept_up:.0%} of the rate was kept",
    )
    tell(f"{rate}/s: p99 {figure.value:.0f} ms, {figure.note}")
    return figure


def _decided(stage: Stage, first: int, count: int) -> list[float]:
    """Wait until all are decided (a claim that never is counts with all the time that it got); return milliseconds."""
    ends_at = time.monotonic() + SETTLED_SECONDS
    waited: list[float] = []
    while len(waited) < count and time.monotonic() < ends_at:
        time.sleep(0.5)
        rows = psql(stage.database_url, "waited.sql", {"first": first, "last": first + count - 1})
        waited = [float(milliseconds) for [milliseconds] in rows]
    return waited + [SETTLED_SECONDS * 1000] * (count - len(waited))
