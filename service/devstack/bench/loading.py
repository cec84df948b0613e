"""Starts the load's own process and takes its figures."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import urlsplit

from service.devstack.bench.load import Load, Taken
from service.devstack.bench.stage import Stage
from service.devstack.folder import CHECKOUT
from service.devstack.leashed import StartError

GENERATOR = [sys.executable, "-m", "service.devstack.bench.load"]


def put_load(
    stage: Stage,
    steps: Sequence[bytes],
    first: int,
    count: int,
    *,
    connections: int = 8,
    rate: float = 0.0,
    each: bool = False,
) -> Taken:
    """Take the steps for `count` numbers from `first` and return what came of it; any refusal is a StartError."""
    where = urlsplit(stage.stack.api_url)
    load = Load(
        host=where.hostname or "",
        port=where.port or 0,
        connections=connections,
        first=first,
        count=count,
        steps=[step.decode("latin-1") for step in steps],
        rate=rate,
        each=each,
    )
    done = subprocess.run(
        GENERATOR, input=json.dumps(asdict(load)), capture_output=True, text=True, cwd=CHECKOUT, check=False
    )
    if done.returncode != 0:
        raise StartError(f"the load ended with status {done.returncode}: {done.stderr.strip()[-2000:]}")
    taken = Taken(**json.loads(done.stdout))
    if taken.failed:
        raise StartError(f"{taken.failed} of {count} requests failed, the first with:\n{taken.first_failure}")
    return taken
