"""The rival: textbook Celery, one task a claim, deciding through the same flow. It exists for the benchmark alone.

It is spared what keeps the work safe (a row a step, leases, late acknowledgement), so it is a quick rival.
"""

import os

from service.config import read_config
from service.devstack.bench.decisions import RIVAL_TASK
from service.flows.decide_claim import settle
from service.wiring.broker import make_celery
from service.wiring.logs import set_up_logs
from service.wiring.parts import Parts, open_parts

app = make_celery(os.environ.get("REDIS_URL", "redis://"))

_opened: list[Parts] = []


@app.task(name=RIVAL_TASK)
def decide_one(claim_id: str) -> None:
    """Decide one claim in a transaction of its own."""
    parts = _parts()
    with parts.db.transaction() as conn:
        settle(conn, parts.deciding, [claim_id])


def _parts() -> Parts:
    """Opened with the first task, which is after the fork."""
    if not _opened:
        config = read_config()
        set_up_logs(as_json=config.log_json, process="rival")
        _opened.append(open_parts(config))
    return _opened[0]
