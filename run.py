#!/usr/bin/env python3
"""The door to Makegood: makes the environment in .venv once, then runs the command inside it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

USAGE = """usage: python3 run.py COMMAND [arguments]

  demo              start everything, play the sample season, print each decision, stop
  up [--fresh]      start everything and keep it running until Ctrl-C; --fresh begins with empty data
  replay CLAIM      decide a claim of `up` again from what is stored and compare byte by byte
  reread PROVIDER   read a carrier's stored payloads again with its present adapter; --since 2026-01-01
  test [pytest ...] run the tests on their own PostgreSQL and Valkey
  check             ruff, mypy, import-linter and the lock files
  storm [SCENARIO]  post claims while something around them dies, then count; --list names the scenarios
  bench [NAME ...]  measure the service, each figure beside its floor in the same run; --list, --quick

Each command explains itself with --help. The environment is made in .venv on the first run."""

COMMANDS = ("demo", "up", "replay", "reread", "test", "check", "storm", "bench")
OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / "makegood.stamp"
LOCK_FILE = ROOT / "requirements.lock"
NO_WAY = (
    "found neither uv, nor pip, nor ensurepip for {python}. Install one and run this again: "
    "`apt install python3-venv` on Debian and Ubuntu, or uv from https://docs.astral.sh/uv"
)


class EnvironmentRefusedError(Exception):
    """The environment can't be made; the message names the remedy."""


def main(arguments: list[str]) -> int:
    """Run a command inside the environment: it replaces this process, so signals and status are its own."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        return complain(
            f"Makegood needs Python 3.11 or newer and {sys.executable} is {found}; "
            "start run.py with a newer one, for example `python3.11 run.py demo`"
        )
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(USAGE)
        return 0
    if arguments[0] not in COMMANDS:
        return complain(f"there is no command {arguments[0]!r}; `python3 run.py --help` lists them")
    try:
        provide_environment()
    except EnvironmentRefusedError as refusal:
        return complain(str(refusal))
    except KeyboardInterrupt:
        return 130
    os.chdir(ROOT)
    sys.stdout.flush()
    return os.execv(PYTHON, [str(PYTHON), "-m", "service.devstack", *arguments])


def complain(message: str) -> int:
    """One line for the person at the door; 2 is the usual status for "could not begin"."""
    print(f"run.py: {message}", file=sys.stderr)
    return 2


def provide_environment() -> None:
    """Make the environment unless one that fits is there; of two at once the second waits for the first."""
    if fits():
        return
    with alone():
        if fits():
            return
        began = time.monotonic()
        way = make_environment()
        print(f"environment ready with {way} after {time.monotonic() - began:.0f} s", flush=True)


def fits() -> bool:
    """The stamp is written last, so an environment whose making was killed never fits."""
    try:
        return STAMP.read_text() == stamp() and os.access(PYTHON, os.X_OK)
    except OSError:
        return False


def stamp() -> str:
    """What the environment was made from: the locked requirements and the Python that runs them."""
    digest = hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()
    return f"{digest} python {sys.version_info[0]}.{sys.version_info[1]}\n"


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold requirements.lock itself as the lock, which is always there.

    The tools we start inherit it: when we are killed, the next run waits until they are gone as well.
    """
    with LOCK_FILE.open("rb") as held:
        os.set_inheritable(held.fileno(), True)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another run.py is making the environment; waiting for it", flush=True)
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def make_environment() -> str:
    """Try each way that this machine offers, the quickest first, and say which one worked."""
    ways = {"uv": with_uv, "pip": with_pip, "venv": with_venv}
    offered = {
        "uv": shutil.which("uv") is not None,
        "pip": has("pip") and has("venv"),
        "venv": has("venv") and has("ensurepip"),
    }
    failures = []
    for way, make in ways.items():
        if not offered[way]:
            continue
        print(f"making the environment in {ENVIRONMENT} with {way} (once, takes up to a minute)", flush=True)
        try:
            clear_away()
            make()
            STAMP.write_text(stamp())
            return way
        except (OSError, subprocess.CalledProcessError) as failure:
            failures.append(f"{way}: {reason(failure)}")
            print(f"{way} failed: {reason(failure)}", file=sys.stderr, flush=True)
    if not failures:
        raise EnvironmentRefusedError(NO_WAY.format(python=sys.executable))
    raise EnvironmentRefusedError(
        f"could not make {ENVIRONMENT} ({failures[-1]}); is the package registry reachable and the folder writable?"
    )


def has(module: str) -> bool:
    """Debian ships venv without ensurepip, and some systems neither, so each is looked for."""
    return importlib.util.find_spec(module) is not None


def clear_away() -> None:
    """Start from nothing: a half-made environment is worse than none."""
    if ENVIRONMENT.is_symlink():
        raise OSError(f"{ENVIRONMENT} is a link; remove it")
    if ENVIRONMENT.exists():
        shutil.rmtree(ENVIRONMENT)


def with_uv() -> None:
    """uv downloads in parallel and links from its cache."""
    quietly("uv", "venv", "--quiet", "--python", sys.executable, str(ENVIRONMENT))
    quietly("uv", "pip", "install", "--quiet", "--require-hashes", "--python", str(PYTHON),
            "-r", str(LOCK_FILE))  # fmt: skip


def with_pip() -> None:
    """The pip that is there installs into a bare environment, which works where ensurepip was left out."""
    quietly(sys.executable, "-m", "venv", "--without-pip", str(ENVIRONMENT))
    install(sys.executable, "-m", "pip", "--python", str(PYTHON))


def with_venv() -> None:
    """The standard library alone."""
    quietly(sys.executable, "-m", "venv", str(ENVIRONMENT))
    install(str(PYTHON), "-m", "pip")


def install(*pip: str) -> None:
    """Install exactly what is locked; a file with another hash is refused."""
    options = ("--quiet", "--disable-pip-version-check", "--no-input")
    quietly(*pip, *options, "install", "--no-warn-script-location", "--require-hashes", "-r", str(LOCK_FILE))


def quietly(*command: str) -> None:
    """Keep what a tool says to itself unless it fails."""
    subprocess.run(
        command,
        check=True,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        close_fds=False,
    )


def reason(failure: Exception) -> str:
    """The last thing a failed tool said is nearly always the cause."""
    said = getattr(failure, "stderr", None) or getattr(failure, "stdout", None) or str(failure)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else str(failure)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
