"""Where a benchmark plays: servers of its own, the service's real processes, and as many orders as it asks for."""

import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import urllib3

from service.devstack.bench.programs import psql
from service.devstack.folder import passing_folder
from service.devstack.leashed import StartError
from service.devstack.play import drawn_photo
from service.devstack.ports import free_port
from service.devstack.postgres import start_postgres
from service.devstack.server import started, stop
from service.devstack.servers import Servers
from service.devstack.stack import SERVICE, Stack, serving, worker_of
from service.devstack.valkey import start_valkey
from service.queues import Kind, Queue
from service.wiring.broker import Waker

READY_SECONDS = 120.0
DECODED_SECONDS = 30.0
FARMERS = 200
WORKERS = {worker_of(queue): [sys.executable, "-m", "workers", queue] for queue in Queue} | {
    "sweeper": [sys.executable, "-m", "workers.sweeper"]
}


@dataclass
class Stage:
    """A running service: its folder, API processes, clients' ids, and the next order that nobody has claimed."""

    stack: Stack
    folder: Path
    processes: int
    orders_client: str = ""
    app_client: str = ""
    photo_id: str = ""
    next_order: int = 1

    @property
    def database_url(self) -> str:
        """The database, as its owner."""
        return self.stack.env["DATABASE_URL"]

    @property
    def app_token(self) -> str:
        """The token of the buyer's app."""
        return self.stack.tokens["app"]

    def take_orders(self, count: int, *, role: str = "origin") -> int:
        """Return the first number of so many orders that nobody has claimed yet, made now."""
        first = self.next_order
        self.next_order += count
        values = {"first": first, "last": first + count - 1, "farmers": FARMERS, "orders_client": self.orders_client}
        psql(self.database_url, "season.sql", {**values, "role": role})
        psql(self.database_url, "statistics.sql")
        return first

    def take_past(self, count: int, sample: str) -> None:
        """Make so many orders whose claims were decided, paid and charged; their receipts are the sample claim's."""
        first = self.take_orders(count, role="replica")
        values = {"first": first, "last": first + count - 1, "farmers": FARMERS, "app_client": self.app_client}
        psql(self.database_url, "history.sql", {**values, "photo": self.photo_id, "sample": sample})

    def take_claims(self, first: int, count: int, *, with_work: bool) -> None:
        """Open a claim on each of so many orders, as the intake leaves it; with its first step due or without."""
        values = {
            "first": first,
            "last": first + count - 1,
            "app_client": self.app_client,
            "photo": self.photo_id,
            "with_work": str(with_work).lower(),
        }
        psql(self.database_url, "claims.sql", values)

    def warm_up(self, workers: int = 1) -> str:
        """Wait until the workers have decided and attributed some claims; return one of these claims."""
        self.take_claims(self.take_orders(workers), workers, with_work=True)
        waker = Waker(self.stack.env["REDIS_URL"])
        ends_at = time.monotonic() + READY_SECONDS
        while time.monotonic() < ends_at:
            waker.wake((Kind.DECIDE_CLAIM, Kind.ATTRIBUTE_CLAIM))
            settled = psql(self.database_url, "settled.sql")
            if len(settled) >= workers:
                return settled[0][0]
            time.sleep(0.2)
        raise StartError(f"the workers settled no claim within {READY_SECONDS:g} s: see {self.folder / 'logs'}")

    def rest(self, *names: str) -> None:
        """End these processes; without a name all workers and the sweeper."""
        for name in names or tuple(WORKERS):
            if self.stack.supervisor.alive(name):
                self.stack.supervisor.kill(name)

    def work(self, *names: str) -> None:
        """Start these workers again; without a name all of them and the sweeper."""
        for name in names or tuple(WORKERS):
            if not self.stack.supervisor.alive(name):
                self.stack.supervisor.start(name, WORKERS[name], self.stack.env)

    def work_twice(self, name: str, second: str) -> None:
        """Start another worker like this one under a second name."""
        self.stack.supervisor.start(second, WORKERS[name], self.stack.env)

    def serve(self) -> None:
        """Start the API again with the stage's number of processes."""
        supervisor = self.stack.supervisor
        if supervisor.alive("api"):
            supervisor.kill("api")
        supervisor.start("api", [*SERVICE, "api"], {**self.stack.env, "MAKEGOOD_PROCESSES": str(self.processes)})
        supervisor.await_ready("api", f"{self.stack.api_url}/readyz", READY_SECONDS)


@contextmanager
def staged(processes: int) -> Iterator[Stage]:
    """Run servers and service for one benchmark, with one decoded photo, its workers at rest; logs as in production."""
    os.environ.setdefault("MAKEGOOD_LOG_JSON", "true")
    with (
        passing_folder("bench") as folder,
        _own_servers(folder) as servers,
        serving(folder, free_port(), servers) as stack,
    ):
        stage = Stage(stack, folder, processes)
        [[stage.orders_client, stage.app_client]] = psql(stage.database_url, "clients.sql")
        stage.photo_id = _decoded_photo(stage)
        stage.rest()
        stage.serve()
        yield stage


@contextmanager
def _own_servers(folder: Path) -> Iterator[Servers]:
    """Durable, and never those of the environment: a benchmark fills its database with a made-up season."""
    postgres = started(lambda: start_postgres(folder, durable=True))
    try:
        valkey = started(lambda: start_valkey(folder))
        try:
            yield Servers(postgres.url, valkey.url)
        finally:
            stop(valkey)
    finally:
        stop(postgres)


def _decoded_photo(stage: Stage) -> str:
    """Upload a photo and wait until a worker has decoded it, so that a claim with it can be decided at once."""
    headers = {
        "Authorization": f"Bearer {stage.app_token}",
        "Idempotency-Key": secrets.token_hex(16),
        "Content-Type": "image/jpeg",
    }
    base = f"{stage.stack.api_url}/v1/evidence"
    sent = urllib3.request("POST", f"{base}?kind=goods", body=drawn_photo(1, 0), headers=headers).json()
    ends_at = time.monotonic() + DECODED_SECONDS
    while time.monotonic() < ends_at:
        photo = urllib3.request("GET", f"{base}/{sent['id']}", headers=headers).json()
        if photo["status"] == "readable":
            return str(sent["id"])
        time.sleep(0.1)
    raise StartError(f"the photo was not decoded within {DECODED_SECONDS:g} s: see {stage.folder / 'logs'}")
