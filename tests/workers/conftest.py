"""Real processes of the service on this test's database, with a broker of their own that can be stopped at will."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.devstack.leashed import Leashed
from tests.builders import Season, order

CHECKOUT = Path(__file__).parents[2]
Start = Callable[..., Leashed]


@pytest.fixture
def start(season: Season, tmp_path: Path) -> Iterator[Start]:
    """Start `python -m <module> ...` on this test's parts and the given broker; all are gone at the end."""
    config = season.parts.config
    running: list[Leashed] = []

    def begin(module: str, *arguments: str, redis_url: str) -> Leashed:
        env = os.environ | {
            "DATABASE_URL": config.database_url,
            "REDIS_URL": redis_url,
            "MAKEGOOD_PHOTOS_URL": config.photos_url,
            "MAKEGOOD_BANK_URL": config.bank_url,
            "MAKEGOOD_BANK_SECRET": config.bank_secret,
            "MAKEGOOD_SECRETS_KEY": config.secrets_key,
        }
        command = [sys.executable, "-m", module, *arguments]
        log = tmp_path / f"{module}-{len(running)}.log"
        running.append(Leashed(command, log=log, env=env, cwd=CHECKOUT))
        return running[-1]

    yield begin
    for process in running:
        process.kill()


@pytest.fixture
def claim_id(season: Season) -> str:
    """A claim that policy grants at once; its only step is due."""
    season.put(order(paid_hours_ago=2, waybills=()))
    season.rows("DELETE FROM work")
    return season.claim(cause="not_shipped", asked_bp=10000)


def within(seconds: float, true: Callable[[], bool]) -> bool:
    """Ask until it is true, at most so long."""
    ends_at = time.monotonic() + seconds
    while not true():
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.05)
    return True
