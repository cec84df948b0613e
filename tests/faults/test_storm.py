"""A short storm on a stack of its own, every process real; the long ones are run by hand."""

import os
import subprocess
import sys

from service.devstack.folder import CHECKOUT


def test_a_short_storm_loses_nothing_and_pays_nothing_twice() -> None:
    without_servers = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}

    storm = subprocess.run(
        [sys.executable, "-m", "service.devstack", "storm", "--seed", "3", "--claims", "80", "--seconds", "8"],
        cwd=CHECKOUT,
        env=without_servers,
        capture_output=True,
        text=True,
        timeout=240,
    )

    assert storm.returncode == 0, storm.stdout + storm.stderr
    assert "80 acknowledged" in " ".join(storm.stdout.split())
    assert "0 faults" in " ".join(storm.stdout.split())
