"""A wake-up: there is work of a kind."""

from service.flows.run_work import drain
from service.queues import TERMS, Kind
from service.store import work
from service.wiring.broker import TASK
from workers.app import Bench, app


@app.task(name=TASK)
def do_work(kind: str) -> None:
    """Do due work of a kind for as long as its turn lasts, then wake what is due, which it may be itself."""
    due = Kind(kind)
    Bench.waker.begin(due)
    if drain(Bench.parts.db, due, Bench.steps[due], TERMS[due].batches):
        with Bench.parts.db.autocommit() as conn:
            Bench.nudger.nudge(work.due_kinds(conn))
