"""Children are started by name, fall and rise by name, and all stop in time."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.devstack.leashed import StartError
from service.devstack.ports import free_port
from service.devstack.supervisor import Supervisor

STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").close()
time.sleep(60)
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path / "logs")
    yield made
    made.stop()


def serving(port: int) -> list[str]:
    return [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]


def test_a_killed_child_is_known_to_have_fallen_and_starts_again(supervisor: Supervisor) -> None:
    port = free_port()
    supervisor.start("api", serving(port), os.environ)
    supervisor.await_ready("api", f"http://127.0.0.1:{port}/", 20)

    supervisor.kill("api")
    fallen = supervisor.fallen()
    supervisor.restart("api")

    assert fallen == {"api": 137}
    supervisor.await_ready("api", f"http://127.0.0.1:{port}/", 20)
    assert supervisor.alive("api")


def test_a_child_that_ends_instead_of_answering_is_quoted(supervisor: Supervisor) -> None:
    supervisor.start("api", [sys.executable, "-c", "raise SystemExit('no policy folder')"], os.environ)

    with pytest.raises(StartError, match=r"(?s)status 1.*no policy folder"):
        supervisor.await_ready("api", f"http://127.0.0.1:{free_port()}/", 20)


def test_a_name_is_used_once_at_a_time(supervisor: Supervisor) -> None:
    supervisor.start("worker", [sys.executable, "-c", "import time; time.sleep(60)"], os.environ)

    with pytest.raises(StartError, match="worker runs already"):
        supervisor.start("worker", [sys.executable, "-c", ""], os.environ)


def test_a_child_that_ignores_the_request_to_stop_is_ended(supervisor: Supervisor, tmp_path: Path) -> None:
    deaf = tmp_path / "deaf by now"
    os.mkfifo(deaf)
    supervisor.start("worker", [sys.executable, "-c", STUBBORN, str(deaf)], os.environ)
    deaf.read_text()
    began = time.monotonic()

    supervisor.stop(0.2)

    assert not supervisor.alive("worker")
    assert time.monotonic() - began < 5
