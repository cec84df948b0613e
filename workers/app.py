"""The Celery app; its parts are opened in each pool process, after the fork."""

import sys
from typing import Any

import structlog
from celery.signals import worker_init, worker_process_init, worker_process_shutdown

from service.config import read_config
from service.flows.run_work import Step
from service.queues import Kind
from service.wiring.broker import Nudger, Waker, make_celery
from service.wiring.logs import set_up_logs
from service.wiring.parts import START_FAULTS, Parts, open_parts, preflight
from service.wiring.steps import steps_of

log = structlog.get_logger()
config = read_config()
app = make_celery(config.redis_url)
app.conf.imports = ["workers.tasks"]


class Bench:
    """What one pool process works with."""

    parts: Parts
    steps: dict[Kind, Step]
    nudger: Nudger
    waker: Waker


@worker_init.connect
def check_first(**_: Any) -> None:
    """End with one line before any fork, when the pool processes could not work."""
    try:
        preflight(config)
    except START_FAULTS as fault:
        print(f"makegood: {fault}", file=sys.stderr)
        raise SystemExit(2) from fault


@worker_process_init.connect
def open_bench(**_: Any) -> None:
    """Open the pool process's own connections."""
    set_up_logs(as_json=config.log_json, process="worker")
    Bench.parts = open_parts(config)
    Bench.steps = steps_of(Bench.parts)
    Bench.nudger = Nudger(config.redis_url)
    Bench.waker = Waker(config.redis_url)
    log.info("worker_ready", queues=sorted(str(queue) for queue in app.amqp.queues.consume_from))


@worker_process_shutdown.connect
def close_bench(**_: Any) -> None:
    """Give the database its connections back."""
    Bench.parts.db.close()
