"""Memory of the API and the workers with two processes each, after they have done some work (PSS, so nothing twice)."""

import os

from service.devstack.bench import requests
from service.devstack.bench.effort import Effort, Tell
from service.devstack.bench.figures import Figure
from service.devstack.bench.loading import put_load
from service.devstack.bench.photos import phone_photo
from service.devstack.bench.processes import Process, below
from service.devstack.bench.stage import Stage
from service.devstack.stack import worker_of
from service.queues import Queue

MEGABYTE = 1_000_000
MOST_MEGABYTES = 100.0
API, WORKER, SECOND = "-m service api", "--queues=", "worker-second"


def bench_memory(stage: Stage, effort: Effort, tell: Tell) -> list[Figure]:
    """Take claims as JSON and with photos, decide them, then read what each process holds."""
    stage.work()
    stage.work_twice(worker_of(Queue.DECISIONS), SECOND)
    stage.warm_up(2)
    count, pictured = effort.share(1000), effort.share(100)
    first = stage.take_orders(count + pictured)
    photo = phone_photo()
    put_load(stage, [requests.claim(stage, "memory")], first, count)
    put_load(stage, [requests.form_claim(stage, "memory-form", [photo, photo + b"2"])], first + count, pictured)
    web = below(os.getpid(), API)
    workers = below(os.getpid(), WORKER)
    figures = [
        _largest("the API, each of two processes and the one that starts them", web),
        _largest("workers, each process of two for decisions, one for money, one for photos", workers),
    ]
    stage.rest(SECOND)
    stage.rest()
    for figure in figures:
        tell(f"{figure.what}: at most {figure.value:.0f} MB; {figure.note}")
    return figures


def _largest(what: str, processes: list[Process]) -> Figure:
    sizes = sorted((process.pss_bytes / MEGABYTE for process in processes), reverse=True)
    return Figure(
        "memory",
        what,
        sizes[0],
        "MB",
        aim=MOST_MEGABYTES,
        at_least=False,
        note=f"{len(sizes)} processes, together {sum(sizes):.0f} MB: {', '.join(f'{size:.0f}' for size in sizes)}",
    )
