"""PostgreSQL and Valkey that can be struck down and come back under the same address."""

from collections.abc import Iterator, Mapping, Sequence
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

    def __init__(
        self,
        folder: Path,
        *,
        database_folder: Path | None = None,
        settings: Mapping[str, str] | None = None,
        making: Sequence[str] = (),
        also_on: str = "",
    ) -> None:
        """`database_folder` is where PostgreSQL's data is, where it is not `folder`.

        `settings` are its own, `making` are options for initdb; `also_on` is one more address for the broker.
        """
        self._folder, self._database_folder = folder, database_folder or folder
        self._settings, self._making = dict(settings or {}), tuple(making)
        self._also_on = also_on
        self._postgres = started(lambda: self._start_postgres(None))
        try:
            self._valkey = started(lambda: start_valkey(folder, also_on=also_on))
        except BaseException:
            stop(self._postgres)
            raise

    @property
    def addresses(self) -> Servers:
        """Where to reach both; the same after every strike."""
        return Servers(self._postgres.url, self._valkey.url)

    def crash_postgres(self) -> None:
        """Immediate shutdown, as a power cut would, and a start that recovers from the log."""
        self._postgres.process.send(Signals.SIGQUIT)
        if not self._postgres.process.ended_within(10):
            self._postgres.process.kill()
        self.start_postgres()

    def start_postgres(self) -> None:
        """Start it again where it was; StartError when it ends at once every time."""
        port = _port(self._postgres)
        self._postgres = started(lambda: self._start_postgres(port))

    def postgres_has_ended(self) -> bool:
        """Whether it gave up by itself."""
        return self._postgres.process.ended_within(0)

    def kill_valkey(self) -> None:
        """Kill the broker; whatever it held is gone."""
        self._valkey.process.kill()

    def start_valkey(self) -> None:
        """Start the broker again, empty."""
        port, password = _port(self._valkey), urlsplit(self._valkey.url).password
        self._valkey = started(lambda: start_valkey(self._folder, port=port, password=password, also_on=self._also_on))

    def flush_valkey(self) -> None:
        """Empty the broker under everybody's feet."""
        with Redis.from_url(self._valkey.url, socket_timeout=5) as broker:
            broker.flushall()

    def signal_valkey(self, number: Signals) -> None:
        """Stop or resume the broker: it keeps its connections and answers nobody."""
        self._valkey.process.send(number)

    def close(self) -> None:
        """Stop both, the broker even where it is stopped."""
        self._valkey.process.send(Signals.SIGCONT)
        stop(self._postgres)
        stop(self._valkey)

    def _start_postgres(self, port: int | None) -> Server:
        return start_postgres(
            self._database_folder, durable=True, port=port, settings=self._settings, making=self._making
        )


@contextmanager
def struck_servers(
    folder: Path,
    *,
    database_folder: Path | None = None,
    settings: Mapping[str, str] | None = None,
    making: Sequence[str] = (),
    also_on: str = "",
) -> Iterator[StruckServers]:
    """Run both servers for one storm."""
    servers = StruckServers(folder, database_folder=database_folder, settings=settings, making=making, also_on=also_on)
    try:
        yield servers
    finally:
        servers.close()


def _port(server: Server) -> int:
    port = urlsplit(server.url).port
    assert port is not None
    return port
