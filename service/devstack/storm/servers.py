"""PostgreSQL and Valkey that can be struck down and come back under the same address."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import Signals
from urllib.parse import urlsplit

from redis import Redis

from service.devstack.postgres import start_postgres
from service.devstack.server import Server, started, stop
from service.devstack.servers import Servers
from service.devstack.valkey import start_valkey


class StruckServers:
    """Both servers, durable, each with the ways in which it can fail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._postgres = started(lambda: start_postgres(folder, durable=True))
        self._valkey = started(lambda: start_valkey(folder))

    @property
    def addresses(self) -> Servers:
        """Where to reach both; the same after every strike."""
        return Servers(self._postgres.url, self._valkey.url)

    def crash_postgres(self) -> None:
        """Immediate shutdown, as a power cut would, and a start that recovers from the log."""
        self._postgres.process.send(Signals.SIGQUIT)
        if not self._postgres.process.ended_within(10):
            self._postgres.process.kill()
        port = _port(self._postgres)
        self._postgres = started(lambda: start_postgres(self._folder, durable=True, port=port))

    def kill_valkey(self) -> None:
        """Kill the broker; whatever it held is gone."""
        self._valkey.process.kill()

    def start_valkey(self) -> None:
        """Start the broker again, empty."""
        port, password = _port(self._valkey), urlsplit(self._valkey.url).password
        self._valkey = started(lambda: start_valkey(self._folder, port=port, password=password))

    def flush_valkey(self) -> None:
        """Empty the broker under everybody's feet."""
        with Redis.from_url(self._valkey.url, socket_timeout=5) as broker:
            broker.flushall()

    def signal_valkey(self, number: Signals) -> None:
        """Stop or resume the broker: it keeps its connections and answers nobody."""
        self._valkey.process.send(number)

    def close(self) -> None:
        """Stop both."""
        stop(self._postgres)
        stop(self._valkey)


@contextmanager
def struck_servers(folder: Path) -> Iterator[StruckServers]:
    """Run both servers for one storm."""
    servers = StruckServers(folder)
    try:
        yield servers
    finally:
        servers.close()


def _port(server: Server) -> int:
    port = urlsplit(server.url).port
    assert port is not None
    return port
