"""`check`: the linters, the types, the arrows and the lock files, each with a verdict and its time."""

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

from service.devstack.folder import CHECKOUT

UV = (sys.executable, "-m", "uv")
EXPORT = ("export", "--frozen", "--all-groups", "--no-emit-project", "--format", "requirements-txt")
LOCK_FILE = CHECKOUT / "requirements.lock"
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


class Verdict(StrEnum):
    """The mark in front of a check's name."""

    GOOD = "✓"
    BAD = "✗"
    UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found; what it said matters unless it is good."""

    verdict: Verdict
    said: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A check by the name a person knows it by."""

    name: str
    look: Callable[[], Outcome]


def run_checks() -> int:
    """Run all checks, two at a time, and show each in order; 1 if any failed."""
    with ThreadPoolExecutor(2) as at_once:
        looking = [at_once.submit(_timed, check) for check in CHECKS]
        outcomes = [_show(check.name, *look.result()) for check, look in zip(CHECKS, looking, strict=True)]
    failed = outcomes.count(Verdict.BAD)
    print(f"{failed} of {len(CHECKS)} checks failed" if failed else "no check failed", flush=True)
    return 1 if failed else 0


def tool(*command: str) -> Outcome:
    """A tool's exit status is its verdict."""
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    return Outcome(Verdict.GOOD if done.returncode == 0 else Verdict.BAD, (done.stdout + done.stderr).strip())


def lock_is_current() -> Outcome:
    """Resolving again needs the registry or uv's cache; without both the answer is unknown, which is said."""
    online = tool(*UV, "lock", "--check")
    if online.verdict is Verdict.GOOD or "needs to be updated" in online.said:
        return online
    offline = tool(*UV, "lock", "--check", "--offline")
    if offline.verdict is Verdict.GOOD or "needs to be updated" in offline.said:
        return offline
    return Outcome(Verdict.UNKNOWN, f"could not be checked without the package registry:\n{online.said}")


def requirements_are_current() -> Outcome:
    """What gets installed is what uv.lock says; comments don't count."""
    export = subprocess.run([*UV, *EXPORT, "--quiet"], cwd=CHECKOUT, capture_output=True, text=True)
    if export.returncode != 0:
        return Outcome(Verdict.BAD, export.stderr.strip())
    if _locked(export.stdout) == _locked(LOCK_FILE.read_text()):
        return Outcome(Verdict.GOOD)
    return Outcome(
        Verdict.BAD, f"{LOCK_FILE.name} differs from uv.lock; run `uv {' '.join(EXPORT)} -o {LOCK_FILE.name}`"
    )


def _locked(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.lstrip().startswith("#")]


def _timed(check: Check) -> tuple[Outcome, float]:
    began = time.monotonic()
    outcome = check.look()
    return outcome, time.monotonic() - began


def _show(name: str, outcome: Outcome, seconds: float) -> Verdict:
    print(f"{outcome.verdict} {name} ({seconds:.1f} s)", flush=True)
    if outcome.verdict is not Verdict.GOOD:
        print("\n".join(f"    {line}" for line in outcome.said.splitlines()), flush=True)
    return outcome.verdict


CHECKS = (
    Check("types (mypy)", lambda: tool(sys.executable, "-m", "mypy")),
    Check("lint (ruff check)", lambda: tool(sys.executable, "-m", "ruff", "check", ".")),
    Check("format (ruff format)", lambda: tool(sys.executable, "-m", "ruff", "format", "--check", ".")),
    Check("arrows (import-linter)", lambda: tool(sys.executable, "-c", LINT_IMPORTS)),
    Check("uv.lock fits pyproject.toml", lock_is_current),
    Check("requirements.lock fits uv.lock", requirements_are_current),
)
