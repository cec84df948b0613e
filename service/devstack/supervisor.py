"""One owner for the service's processes: starts, kills and restarts them by name, stops all in time."""

import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals

from service.devstack.folder import CHECKOUT
from service.devstack.leashed import Leashed, StartError

STOP_SECONDS = 0.7


@dataclass(frozen=True, slots=True)
class _Child:
    argv: tuple[str, ...]
    env: Mapping[str, str]
    process: Leashed


class Supervisor:
    """Children by name, each in its own process group and with its own log; none outlives this process."""

    def __init__(self, logs: Path) -> None:
        """`logs` is the folder for `<name>.log`."""
        self._logs = logs
        self._children: dict[str, _Child] = {}

    def start(self, name: str, argv: Sequence[str], env: Mapping[str, str]) -> None:
        """Start a child in the checkout; StartError when one of that name still runs."""
        if self.alive(name):
            raise StartError(f"{name} runs already; stop it first or choose another name")
        process = Leashed(argv, log=self.log(name), env=env, cwd=CHECKOUT)
        self._children[name] = _Child(tuple(argv), dict(env), process)

    def kill(self, name: str, number: Signals = Signals.SIGKILL) -> None:
        """Signal a child; after SIGKILL it and its own children are gone when this returns."""
        process = self._named(name).process
        if number is Signals.SIGKILL:
            process.kill()
        else:
            process.send(number)

    def restart(self, name: str) -> None:
        """Start a child again as it was started, ending it first if it still runs."""
        child = self._named(name)
        child.process.kill()
        self.start(name, child.argv, child.env)

    def alive(self, name: str) -> bool:
        """Whether a child of that name runs now."""
        child = self._children.get(name)
        return child is not None and child.process.exit_status() is None

    def fallen(self) -> dict[str, int]:
        """The exit status of each child that ended, 128 + n after signal n."""
        statuses = {name: child.process.exit_status() for name, child in self._children.items()}
        return {name: status for name, status in statuses.items() if status is not None}

    def await_ready(self, name: str, url: str, seconds: float) -> None:
        """Wait until GET on the url gives 200; StartError quotes the child's log if it ends or is slow."""
        process = self._named(name).process
        ends_at = time.monotonic() + seconds
        while not _gives_ok(url):
            if process.ended_within(0.05):
                raise StartError(f"{name} ended with status {process.exit_status()}; {self._last_words(name)}")
            if time.monotonic() > ends_at:
                raise StartError(f"{name} did not answer {url} within {seconds:g} s; {self._last_words(name)}")

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ask all children to stop at once, and end those that still run after so many seconds in total."""
        for child in self._children.values():
            child.process.send(SIGTERM)
        ends_at = time.monotonic() + seconds
        late = [c for c in self._children.values() if not c.process.ended_within(ends_at - time.monotonic())]
        for child in late:
            child.process.send(SIGKILL)
        for child in late:
            child.process.kill()

    def log(self, name: str) -> Path:
        """Where a child's output goes."""
        return self._logs / f"{name}.log"

    def _named(self, name: str) -> _Child:
        if name not in self._children:
            raise StartError(f"no child is called {name}; there are {', '.join(self._children) or 'none'}")
        return self._children[name]

    def _last_words(self, name: str) -> str:
        return f"the end of {self.log(name)} says:\n{self._children[name].process.last_words()}"


def _gives_ok(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
