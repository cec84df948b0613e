"""Short storms on stacks of their own, every process real; the long ones are run by hand (docs/storms.md)."""

import os
import re
import subprocess
import sys

import pytest

from service.devstack.folder import CHECKOUT
from service.devstack.storm.registry import SCENARIOS
from service.devstack.storm.run import NOT_POSSIBLE

STORM_SECONDS = 300.0


def storm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a storm as a person would."""
    without_servers = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.run(
        [sys.executable, "-m", "service.devstack", "storm", *arguments],
        cwd=CHECKOUT,
        env=without_servers,
        capture_output=True,
        text=True,
        timeout=STORM_SECONDS,
    )


def held(done: subprocess.CompletedProcess[str], claims: int) -> bool:
    """Whether everything that was asked was acknowledged and nothing went wrong."""
    told = f"{claims} asked, {claims} acknowledged" in done.stdout and ": held: " in done.stdout
    return done.returncode == 0 and told


def test_a_short_storm_loses_nothing_and_pays_nothing_twice() -> None:
    done = storm("--seed", "3", "--claims", "80", "--seconds", "8")

    assert held(done, 80), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "answer"), [("database-full", "503 database"), ("photos-full", "507 photo_store_full")]
)
def test_a_full_disk_is_told_and_nothing_acknowledged_is_lost(name: str, answer: str) -> None:
    done = storm(name, "--seed", "3", "--claims", "80", "--seconds", "6")
    if done.returncode == NOT_POSSIBLE:
        assert "run as root" in done.stdout
        return

    assert held(done, 80), done.stdout + done.stderr
    assert answer in done.stdout


def test_one_of_two_hosts_is_cut_off_and_claims_go_on_at_the_other() -> None:
    done = storm("cut-off", "--seed", "3", "--claims", "80", "--seconds", "6")
    if done.returncode == NOT_POSSIBLE:
        assert re.search("run as root|install it|was refused", done.stdout)
        return

    assert held(done, 80), done.stdout + done.stderr


def test_the_list_tells_what_strikes_and_what_must_hold_in_every_storm() -> None:
    listed = storm("--list").stdout

    for scenario in SCENARIOS.values():
        assert f"{scenario.name}: " in listed
        assert scenario.strikes in listed
        assert scenario.holds in listed


def test_a_storm_that_is_not_there_is_refused_with_the_names_of_those_that_are() -> None:
    done = storm("drizzle")

    assert done.returncode == 2
    assert "broker-absent" in done.stderr
