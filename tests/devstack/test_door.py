"""run.py makes the environment once, and says in one line what to do when it can't."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from service.devstack.folder import CHECKOUT

DOOR = CHECKOUT / "run.py"
BARE = """
import runpy, sys
sys.modules.update(pip=None, ensurepip=None, venv=None)
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout with nothing but the door and the lock, at a path with a space."""
    checkout = tmp_path / "fresh checkout"
    checkout.mkdir()
    for name in ("run.py", "requirements.lock"):
        shutil.copy(CHECKOUT / name, checkout)
    return checkout


def knock(door: Path, *arguments: str, python: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *python, str(door), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd="/", env={"PATH": "/nowhere"})


def test_without_a_command_the_commands_are_explained() -> None:
    answer = knock(DOOR)

    assert answer.returncode == 0
    assert "demo" in answer.stdout
    assert "up [--fresh]" in answer.stdout


def test_an_unknown_command_is_refused_before_anything_is_made(copy: Path) -> None:
    answer = knock(copy / "run.py", "dmeo")

    assert answer.returncode == 2
    assert "no command 'dmeo'" in answer.stderr
    assert not (copy / ".venv").exists()


def test_a_python_without_pip_venv_and_uv_gets_one_line_with_the_remedy(copy: Path) -> None:
    answer = knock(copy / "run.py", "check", python=("-c", BARE))

    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "apt install python3-venv" in answer.stderr
