"""What is started must not outlive us, however either end dies."""

import os
import subprocess
import sys
from pathlib import Path
from signal import SIGKILL, SIGTERM

import pytest

from service.devstack.folder import CHECKOUT
from service.devstack.leashed import Leashed

SECONDS = 20
FAMILY = """
import os, sys, time
line = open(sys.argv[1], "w")
os.fork()
print(os.getpid(), file=line, flush=True)
time.sleep(60)
"""
OWNER = """
import sys, time
from pathlib import Path
from service.devstack.leashed import Leashed
kept = Leashed([sys.executable, "-c", *sys.argv[2:]], log=Path(sys.argv[1]))
time.sleep(60)
"""


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """A named pipe that each member of the family holds open: it ends when the last one is gone."""
    path = tmp_path / "line"
    os.mkfifo(path)
    return path


def test_a_command_passes_its_exit_status_on(tmp_path: Path) -> None:
    process = Leashed([sys.executable, "-c", "raise SystemExit(7)"], log=tmp_path / "seven.log")

    assert process.ended_within(SECONDS)
    assert process.exit_status() == 7


def test_a_command_that_does_not_exist_says_so_in_its_log(tmp_path: Path) -> None:
    process = Leashed([str(tmp_path / "nowhere")], log=tmp_path / "nowhere.log")

    assert process.ended_within(SECONDS)
    assert process.exit_status() == 127
    assert "could not start" in process.last_words()


def test_a_polite_signal_reaches_the_command(tmp_path: Path, line: Path) -> None:
    process = Leashed([sys.executable, "-c", FAMILY, str(line)], log=tmp_path / "family.log")
    with line.open() as members:
        members.readline()

        process.send(SIGTERM)

        assert process.ended_within(SECONDS)
        assert process.exit_status() == 128 + SIGTERM


def test_a_kill_takes_the_children_of_the_command_too(tmp_path: Path, line: Path) -> None:
    process = Leashed([sys.executable, "-c", FAMILY, str(line)], log=tmp_path / "family.log")
    with line.open() as members:
        pids = {members.readline(), members.readline()}

        process.kill()

        assert len(pids) == 2
        assert members.read() == ""


def test_nothing_is_left_when_the_owner_is_killed(tmp_path: Path, line: Path) -> None:
    command = [sys.executable, "-c", OWNER, str(tmp_path / "family.log"), FAMILY, str(line)]
    with subprocess.Popen(command, cwd=CHECKOUT) as owner, line.open() as members:
        pids = {members.readline(), members.readline()}

        owner.send_signal(SIGKILL)

        assert len(pids) == 2
        assert members.read() == ""
