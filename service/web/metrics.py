"""What operations watch: requests as the processes counted them, everything else as the database has it."""

import hmac
import os
import time
from collections.abc import Iterator

from flask import Blueprint, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.store import gauges, watch
from service.store.database import Connection, Database, DatabaseUnavailable
from service.web.access import open_to_all
from service.web.door import door
from service.web.problems import Problem

metrics = Blueprint("metrics", __name__)

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where the processes of one API add up their counts; `serve` makes it before any of them starts."""

COUNTED = CollectorRegistry()
REQUESTS = Counter(
    "makegood_requests", "Requests by method, route and status", ["method", "route", "status"], registry=COUNTED
)
SECONDS = Histogram(
    "makegood_request_seconds",
    "How long requests took",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
    registry=COUNTED,
)


@metrics.get("/metrics")
@open_to_all
def show_metrics() -> Response:
    """Give all figures in Prometheus' text form; with MAKEGOOD_METRICS_TOKEN set only to those who bring it."""
    _check_token()
    registry = CollectorRegistry()
    if FOLDER in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(Figures(door().parts.db))
    counted = b"" if FOLDER in os.environ else generate_latest(COUNTED)
    return Response(counted + generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def count_request(answer: Response) -> Response:
    """Count a request that ends, by its route's rule, so that ids never become labels."""
    route = request.url_rule.rule if request.url_rule else "none"
    REQUESTS.labels(request.method, route, str(answer.status_code)).inc()
    SECONDS.labels(request.method, route).observe(time.perf_counter() - g.began)
    return answer


class Figures(Collector):
    """The database's figures at the moment of a scrape; without it only that it is away."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def collect(self) -> Iterator[Metric]:
        """Yield each figure with its labels."""
        try:
            with self._db.transaction() as conn:
                found = [*_work(conn), *_claims(conn), *_money(conn), *_watched(conn)]
        except DatabaseUnavailable:
            found = []
        yield GaugeMetricFamily("makegood_database_up", "1 if the database answers", value=1.0 if found else 0.0)
        yield from found


def _work(conn: Connection) -> Iterator[Metric]:
    due = GaugeMetricFamily("makegood_work_due", "Steps that are due and not done", labels=["kind"])
    oldest = GaugeMetricFamily("makegood_work_oldest_seconds", "How long the oldest has been due", labels=["kind"])
    parked = GaugeMetricFamily("makegood_work_parked", "Steps that kept failing and wait for a person", labels=["kind"])
    for row in gauges.backlog(conn):
        due.add_metric([row["kind"]], row["due"])
        oldest.add_metric([row["kind"]], row["oldest_seconds"])
        parked.add_metric([row["kind"]], row["parked"])
    yield from (due, oldest, parked)


def _claims(conn: Connection) -> Iterator[Metric]:
    decided = CounterMetricFamily("makegood_decisions", "Decisions by outcome", labels=["guarantee", "outcome"])
    for labels, counted in gauges.tallied(conn, "decisions").items():
        decided.add_metric(labels, counted)
    waiting = GaugeMetricFamily("makegood_claims_waiting", "Claims by whose move it is", labels=["on"])
    for party, claims in gauges.waiting(conn).items():
        waiting.add_metric([party], claims)
    yield from (decided, waiting)


def _money(conn: Connection) -> Iterator[Metric]:
    refunds = GaugeMetricFamily("makegood_refunds", "Refunds by state", labels=["status"])
    payouts = GaugeMetricFamily("makegood_payouts", "Payouts by state, those paid left out", labels=["status"])
    for row in gauges.unfinished(conn):
        refunds.add_metric([row["state"]], row["refunds"])
        payouts.add_metric([row["state"]], row["payouts"])
    refunds.add_metric(["succeeded"], sum(gauges.tallied(conn, "refunds_succeeded").values()))
    yield from (refunds, payouts)
    if checked := gauges.ledger_check(conn):
        drift = "By how many minor units the ledger's sum is off: anything but 0 is an alarm"
        yield GaugeMetricFamily("makegood_ledger_drift", drift, value=checked["drift"])
        age = "How long ago the ledger was last summed up"
        yield GaugeMetricFamily("makegood_ledger_check_age_seconds", age, value=checked["age_seconds"])


def _watched(conn: Connection) -> Iterator[Metric]:
    ages = {row["process"]: row["age_seconds"] for row in watch.beats(conn)}
    said = "Seconds since the sweeper's last sign of life: over 90 is an alarm"
    yield GaugeMetricFamily("makegood_sweeper_beat_age_seconds", said, value=ages.get("sweeper", float("inf")))


def _check_token() -> None:
    """Open while trying things out; in production closed without its token."""
    config = door().parts.config
    if not config.metrics_token and not config.production:
        return
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not config.metrics_token or not hmac.compare_digest(given.encode(), config.metrics_token.encode()):
        raise Problem(
            401,
            "token_invalid",
            "metrics need their own token: set MAKEGOOD_METRICS_TOKEN and send it as Authorization: Bearer <token>",
            headers={"WWW-Authenticate": 'Bearer realm="makegood metrics"'},
        )
