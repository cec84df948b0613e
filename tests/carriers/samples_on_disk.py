"""The sample payloads of each provider: raw bytes as they are pushed, and beside them what is to be read of them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.vocabulary import Step
from service.carriers.base import Account, Heard, Provider, Push
from service.domain.sheet import iso

SAMPLES = Path(__file__).parent / "samples"

WHAT_TO_ADD = (
    "{name} has no samples: add tests/carriers/samples/{name}/ with, for each case, CASE.body (the raw bytes of a push)"
    ' and CASE.json ({{"headers": {{…}}, "secrets": […], "events": […]}}); docs/carriers.md shows one'
)


@dataclass(frozen=True)
class Sample:
    """A push as it comes, the account that it is for, and the canonical events in it."""

    provider: Provider
    case: str
    push: Push
    account: Account
    events: list[dict[str, Any]]

    def __str__(self) -> str:
        return f"{self.provider.name}-{self.case}"

    @property
    def signed(self) -> bool:
        """Whether the provider signs at all."""
        return bool(self.account.secrets)


def samples(providers: Mapping[str, Provider], folder: Path = SAMPLES) -> Iterator[Sample]:
    """Yield every sample of the providers."""
    for name, provider in providers.items():
        for body in sorted((folder / name).glob("*.body")):
            noted = json.loads(body.with_suffix(".json").read_text(encoding="utf-8"))
            yield Sample(
                provider=provider,
                case=body.stem,
                push=Push(body.read_bytes(), noted["headers"]),
                account=Account("acc_sample", name, tuple(noted["secrets"])),
                events=noted["events"],
            )


def what_is_missing(providers: Mapping[str, Provider], folder: Path = SAMPLES) -> list[str]:
    """Say for each provider without samples what to add."""
    there = {sample.provider.name for sample in samples(providers, folder)}
    return [WHAT_TO_ADD.format(name=name) for name in providers if name not in there]


def told(heard: Heard) -> dict[str, Any]:
    """Return an event as the samples write it down: what says nothing is left out."""
    scan = heard.scan
    said = {
        "carrier": scan.carrier,
        "number": scan.number,
        "at": iso(scan.at),
        "zone_source": heard.zone_source,
        "step": scan.step,
        "cause": scan.cause,
        "celsius": scan.celsius,
        "air": scan.air,
        "device": heard.device,
        "place": heard.place,
        "raw_code": heard.raw_code,
        "raw_text": heard.raw_text,
    }
    return {name: value for name, value in said.items() if value is not None}


def read(provider: Provider, body: bytes) -> list[dict[str, Any]]:
    """Read a body, and hold every event to what the database can keep."""
    heards = provider.read(body)
    for heard in heards:
        hold_to_the_rules(heard)
    return [told(heard) for heard in heards]


def identities(events: list[dict[str, Any]]) -> set[str]:
    """Return what makes each event the same when it comes again."""
    return {json.dumps(event, sort_keys=True) for event in events}


def hold_to_the_rules(heard: Heard) -> None:
    """Hold an event to what the database and the rules take."""
    scan = heard.scan
    for name in (scan.carrier, scan.number):
        assert 0 < len(name) <= 64
        assert not any(character.isspace() for character in name)
    assert scan.at.tzinfo is not None
    assert scan.cause is None or scan.step is Step.EXCEPTION
    assert scan.celsius is None or -100 <= scan.celsius <= 100
    assert len(heard.raw_code) <= 64
    assert len(heard.raw_text) <= 2000
    words = "".join(str(value) for value in told(heard).values())
    assert "\0" not in words
    words.encode()
