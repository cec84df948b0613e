"""A wake-up: there is work of a kind."""

from service.flows.run_work import drain
from service.queues import Kind
from service.store import work
from service.wiring.broker import TASK
from workers.app import Bench, app


@app.task(name=TASK)
def do_work(kind: str) -> None:
    """Do due work of a kind until none is left, then wake what it made due."""
    due = Kind(kind)
    Bench.waker.begin(due)
    if drain(Bench.parts.db, due, Bench.steps[due]):
        with Bench.parts.db.autocommit() as conn:
            Bench.nudger.nudge(work.due_kinds(conn))
