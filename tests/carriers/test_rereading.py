"""A mended adapter reads history again: what it reads differently takes the place of the old reading."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.vocabulary import Step
from service.carriers import kuaidi100 as adapter
from service.carriers.base import Heard
from service.carriers.codes import Meaning
from service.carriers.registry import PROVIDERS
from service.flows.reread_payloads import Reread, reread_payloads
from service.store.database import Database
from tests.builders import ago
from tests.carriers.conftest import Carriers
from tests.carriers.providers import JOURNEY_100, kuaidi100
from tests.stories.market import Market

EVER = datetime(2000, 1, 1, tzinfo=UTC)
NOTHING = Reread(payloads=1, unreadable=0, events=3, added=0, removed=0)


@pytest.fixture
def mend(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give Kuaidi100's table other meanings, as a new version of its file would."""

    def mended(**meanings: Meaning) -> None:
        monkeypatch.setattr(
            adapter, "CODES", dict(adapter.CODES) | {code.strip("_"): m for code, m in meanings.items()}
        )

    return mended


def reread(carriers: Carriers, since: datetime = EVER, providers: Mapping[str, Any] = PROVIDERS) -> Reread:
    return reread_payloads(carriers.market.parts.db, providers, "kuaidi100", since)


def test_reading_again_with_the_same_adapter_changes_nothing(carriers: Carriers) -> None:
    carriers.told("kuaidi100", kuaidi100("SF1", *JOURNEY_100))
    before = carriers.events()

    assert reread(carriers) == NOTHING
    assert carriers.events() == before
    assert carriers.market.work() == 0


class Slow(adapter.Kuaidi100):
    """An adapter that takes its time for each payload."""

    def read(self, body: bytes) -> Sequence[Heard]:
        time.sleep(0.3)
        return super().read(body)


def test_a_long_history_is_read_in_one_transaction_that_never_pauses_for_long(carriers: Carriers) -> None:
    for number in ("SF1", "SF2", "SF3", "SF4"):
        carriers.told("kuaidi100", kuaidi100(number, *JOURNEY_100))
    impatient = Database(carriers.market.parts.config.database_url, idle_seconds=0.8).open()

    done = reread_payloads(impatient, {"kuaidi100": Slow()}, "kuaidi100", EVER)
    impatient.close()

    assert done == replace(NOTHING, payloads=4, events=12)


def test_a_code_that_is_known_now_takes_the_place_of_the_unknown_one_and_the_claim_is_decided(
    carriers: Carriers, market: Market, mend: Any
) -> None:
    order_id = market.order(waybills=[{"carrier": "SF", "number": "SF1"}])
    traces = (*JOURNEY_100[:2], (10, "399", "机器人送达"))
    carriers.told("kuaidi100", kuaidi100("SF1", *traces[:2]))
    carriers.told("kuaidi100", kuaidi100("SF1", *traces))
    waiting = market.settle(market.claim(order_id))
    mend(_399=Meaning(Step.DELIVERED))

    done = reread(carriers)

    assert done == Reread(payloads=2, unreadable=0, events=5, added=1, removed=1)
    assert [event["step"] for event in carriers.events()] == ["picked_up", "departed", "delivered"]
    assert (waiting["status_detail"], market.settle(waiting["id"])["status"]) == ("within_window", "approved")
    assert market.call("operator", "GET", "/v1/carrier-codes/unknown").get_json()["data"] == []


def test_a_code_that_was_misread_is_read_anew_in_every_payload_that_tells_it(carriers: Carriers, mend: Any) -> None:
    for length in (1, 2, 3):
        carriers.told("kuaidi100", kuaidi100("SF1", *JOURNEY_100[:length]))
    mend(_1002=Meaning(Step.ARRIVED))

    done = reread(carriers)

    assert (done.added, done.removed) == (1, 1)
    assert [event["step"] for event in carriers.events()] == ["picked_up", "arrived", "delivered"]


def test_what_was_told_first_before_the_day_keeps_its_reading(carriers: Carriers, mend: Any) -> None:
    carriers.told("kuaidi100", kuaidi100("SF1", *JOURNEY_100[:2]))
    carriers.market.sql("UPDATE payloads SET received_at = now() - interval '9 days'")
    mend(_1002=Meaning(Step.ARRIVED))

    assert reread(carriers, ago(24)).payloads == 0
    assert [event["step"] for event in carriers.events()] == ["picked_up", "departed"]


def test_what_cannot_be_read_any_more_keeps_its_old_reading(
    carriers: Carriers, monkeypatch: pytest.MonkeyPatch
) -> None:
    carriers.told("kuaidi100", kuaidi100("SF1", *JOURNEY_100))
    before = carriers.events()
    carriers.market.sql("UPDATE payloads SET body = %s", b"x\x9cK\x04\x00\x00b\x00b")

    done = reread(carriers)

    assert (done.unreadable, done.removed) == (1, 0)
    assert carriers.events() == before


def test_a_payload_that_was_unreadable_is_read_once_its_adapter_can(
    carriers: Carriers, monkeypatch: pytest.MonkeyPatch
) -> None:
    carriers.told("kuaidi100", kuaidi100("SF 1", *JOURNEY_100))
    provider = PROVIDERS["kuaidi100"]
    healed = type("Healed", (), {"__getattr__": lambda _, name: getattr(provider, name)})()
    healed.read = lambda body: provider.read(body.replace(b"SF+1", b"SF1"))

    done = reread(carriers, providers=PROVIDERS | {"kuaidi100": healed})

    assert (done.payloads, done.unreadable, done.added) == (1, 0, 3)
    assert carriers.market.sql("SELECT status, because FROM payloads") == [{"status": "read", "because": ""}]


def test_other_providers_events_and_those_of_the_order_service_stay(carriers: Carriers, mend: Any) -> None:
    order_id = carriers.market.order(waybills=[{"carrier": "SF", "number": "SF1"}])
    carriers.market.scans(order_id, (30, "departed"), number="SF1")
    carriers.told("kuaidi100", kuaidi100("SF1", JOURNEY_100[1]))
    mend(_1002=Meaning(Step.ARRIVED))

    assert replace(reread(carriers), payloads=0) == Reread(0, 0, 1, 1, 1)
    assert [(e["provider"], e["step"]) for e in carriers.events() if e["provider"] == "orders"] == [
        ("orders", "departed")
    ]


def test_a_provider_that_is_not_registered_is_named_with_those_that_are(carriers: Carriers) -> None:
    with pytest.raises(ValueError, match="no provider 'pigeons': take one of kuaidi100, kdniao"):
        reread_payloads(carriers.market.parts.db, PROVIDERS, "pigeons", EVER)
