"""A carrier is added with one file, one line in the registry and a folder of samples, and the tests pick it up."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from schemas.vocabulary import Step
from service.carriers.answers import by_status
from service.carriers.base import Account, Answer, Heard, Push, PushUnreadable, Verdict
from service.carriers.codes import UNKNOWN, Codes, Meaning
from service.carriers.fields import json_object
from service.carriers.registry import PROVIDERS
from service.carriers.signature import demand_own, own_signature
from service.carriers.times import CHINA, moment_in
from service.domain.parcel import Scan
from tests.carriers.samples_on_disk import read, samples, what_is_missing

CODES: Codes = {"GOT": Meaning(Step.PICKED_UP)}


class Newcomer:
    """All that a provider has to be."""

    name = "newcomer"
    weakly_signed = False
    codes = CODES

    def admit(self, push: Push, account: Account) -> None:
        """Check the signature."""
        demand_own(push, account)

    def read(self, body: bytes) -> Sequence[Heard]:
        """Read one event."""
        event = json_object(body)
        at, zone_source = moment_in(event, "at", CHINA)
        code = event.text("code") or ""
        scan = Scan("NEW", event.unspaced("number"), at, *CODES.get(code, UNKNOWN))
        return [Heard(scan, zone_source, code, event.text("text") or "")]

    def answer(self, verdict: Verdict, because: str, account: Account, at: datetime) -> Answer:
        """Answer by status."""
        return by_status(verdict, because)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of samples with one of the newcomer's."""
    body = b'{"number": "N1", "at": "2026-11-03 08:00:00", "code": "GOT", "text": "got it"}'
    event = {
        "carrier": "NEW",
        "number": "N1",
        "at": "2026-11-03T00:00:00Z",
        "zone_source": "assumed",
        "step": "picked_up",
        "raw_code": "GOT",
        "raw_text": "got it",
    }
    noted = {"headers": {"makegood-signature": own_signature("a key", body)}, "secrets": ["a key"], "events": [event]}
    (tmp_path / "newcomer").mkdir()
    (tmp_path / "newcomer" / "one.body").write_bytes(body)
    (tmp_path / "newcomer" / "one.json").write_text(json.dumps(noted), encoding="utf-8")
    return tmp_path


def test_a_provider_without_samples_is_told_what_to_add(tmp_path: Path) -> None:
    [said] = what_is_missing({"newcomer": Newcomer()}, tmp_path)

    assert said.startswith("newcomer has no samples: add tests/carriers/samples/newcomer/ with")


def test_a_newcomers_samples_are_picked_up_and_hold(folder: Path) -> None:
    providers = {"newcomer": Newcomer()}

    [sample] = samples(providers, folder)

    assert what_is_missing(providers, folder) == []
    sample.provider.admit(sample.push, sample.account)
    assert read(sample.provider, sample.push.body) == sample.events
    assert sample.provider.codes.keys() == {event["raw_code"] for event in sample.events}
    for length in range(len(sample.push.body)):
        with pytest.raises(PushUnreadable):
            sample.provider.read(sample.push.body[:length])


def test_no_folder_of_samples_belongs_to_nobody() -> None:
    folders = {path.name for path in (Path(__file__).parent / "samples").iterdir()}

    assert folders == set(PROVIDERS)
