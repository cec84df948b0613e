"""How fast pushes of carriers are checked and read: one process, no network, no database."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

from service.carriers.base import Account, Push
from service.carriers.registry import PROVIDERS
from service.devstack.folder import CHECKOUT

SAMPLES = CHECKOUT / "tests" / "carriers" / "samples"


@dataclass(frozen=True, slots=True)
class PushRate:
    """What one process absorbs of a provider's largest sample."""

    provider: str
    body_bytes: int
    events: int
    pushes_per_second: float

    @property
    def events_per_second(self) -> float:
        """Events read in a second."""
        return self.events * self.pushes_per_second


def push_rates(seconds: float) -> Iterator[PushRate]:
    """Admit and read each provider's largest sample over and over, for so many seconds each."""
    for name in PROVIDERS:
        largest = max((SAMPLES / name).glob("*.body"), key=lambda body: body.stat().st_size)
        push, account = _sample(name, largest.stem)
        yield _rate(name, push, account, seconds)


def _sample(provider: str, case: str) -> tuple[Push, Account]:
    noted = json.loads((SAMPLES / provider / f"{case}.json").read_text(encoding="utf-8"))
    push = Push((SAMPLES / provider / f"{case}.body").read_bytes(), noted["headers"])
    return push, Account("acc_sample", provider, tuple(noted["secrets"]))


def _rate(name: str, push: Push, account: Account, seconds: float) -> PushRate:
    provider = PROVIDERS[name]
    events = len(provider.read(push.body))
    pushes, started = 0, time.perf_counter()
    while (took := time.perf_counter() - started) < seconds:
        provider.admit(push, account)
        provider.read(push.body)
        pushes += 1
    return PushRate(name, len(push.body), events, pushes / took)
