"""PostgreSQL and Valkey for one run: embedded ones that stop with us, or those that the environment names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.devstack.leashed import StartError
from service.devstack.postgres import start_postgres
from service.devstack.server import Server, started, stop
from service.devstack.valkey import start_valkey


@dataclass(frozen=True, slots=True)
class Servers:
    """Where to reach both; the addresses hold passwords."""

    database_url: str
    redis_url: str


@contextmanager
def embedded_servers(folder: Path, *, durable: bool = True) -> Iterator[Servers]:
    """Both servers with their data in the folder; not durable is quicker and may lose data in a power cut.

    With DATABASE_URL and REDIS_URL set nothing is started. StartError names what did not start and its log.
    """
    named = _named_servers()
    if named is not None:
        yield named
        return
    running: list[Server] = []
    try:
        running.append(postgres := started(lambda: start_postgres(folder, durable=durable)))
        running.append(valkey := started(lambda: start_valkey(folder)))
        yield Servers(postgres.url, valkey.url)
    finally:
        stop(*running)


def _named_servers() -> Servers | None:
    """Servers of the caller's own: both or none, since half a stack of ours would mix up two."""
    names = ("DATABASE_URL", "REDIS_URL")
    given = [name for name in names if os.environ.get(name)]
    if not given:
        return None
    if len(given) == 1:
        missing = next(name for name in names if name not in given)
        raise StartError(f"{given[0]} is set and {missing} is not; set {missing} too, or unset {given[0]}")
    return Servers(os.environ["DATABASE_URL"], os.environ["REDIS_URL"])
