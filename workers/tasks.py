"""A wake-up: there is work in a queue."""

from service.flows.run_work import go_round
from service.queues import TERMS, Queue
from service.store import work
from service.wiring.broker import TASK
from workers.app import Bench, app

MOST_ROUNDS = 50


@app.task(name=TASK)
def do_work(queue: str) -> None:
    """Go round the kinds of a queue while something is due, waking other queues for what that makes due in them."""
    here = Queue(queue)
    Bench.waker.begin(here)
    for _ in range(MOST_ROUNDS):
        with Bench.parts.db.autocommit() as conn:
            due = work.due_kinds(conn)
        Bench.nudger.nudge(kind for kind in due if TERMS[kind].queue is not here)
        if not go_round(Bench.parts.db, here, due, Bench.steps):
            return
    Bench.waker.wake(kind for kind in due if TERMS[kind].queue is here)
