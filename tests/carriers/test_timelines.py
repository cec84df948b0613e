"""However pushes come, and whoever they come from, a parcel has one timeline."""

import re
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.carriers.registry import PROVIDERS
from service.flows.read_payload import read
from service.store.payloads import PUSH, Payload
from service.store.tracking import Event
from tests.builders import ago
from tests.carriers.conftest import Carriers
from tests.carriers.providers import JOURNEY_100, JOURNEY_NIAO, kdniao, kuaidi100
from tests.carriers.samples_on_disk import Sample, samples
from tests.stories.market import Market

BY_PROVIDER = {name: [s for s in samples(PROVIDERS) if s.provider.name == name] for name in PROVIDERS}


def events_of(sample: Sample) -> Sequence[Event]:
    """What a worker would record of a push that came now."""
    return read(PROVIDERS, Payload("pld_1", sample.provider.name, PUSH, ago(0), sample.push.body)).events


def timeline(pushes: Sequence[Sample]) -> dict[str, Event]:
    """What the table holds after these pushes: an event that is there already changes nothing."""
    held: dict[str, Event] = {}
    for sample in pushes:
        for event in events_of(sample):
            held.setdefault(event.event_id, event)
    return held


@pytest.mark.parametrize("provider", PROVIDERS)
@settings(derandomize=True, deadline=None, database=None, max_examples=20)
@given(data=st.data())
def test_any_order_and_repetition_of_pushes_gives_the_same_timeline(provider: str, data: st.DataObject) -> None:
    all_of_them = BY_PROVIDER[provider]
    pushes = data.draw(st.permutations(all_of_them + data.draw(st.lists(st.sampled_from(all_of_them), max_size=3))))

    assert timeline(pushes) == timeline(all_of_them)


@settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_snapshots_that_grow_give_one_timeline_whatever_order_they_come_in(
    carriers: Carriers, data: st.DataObject
) -> None:
    snapshots = [kuaidi100("SF1", *JOURNEY_100[:n]) for n in (1, 2, 3)] + [kdniao("SF1", *JOURNEY_NIAO[:2])]
    for body in data.draw(st.permutations(snapshots + snapshots[:2])):
        carriers.told("kuaidi100" if b"param=" in body else "kdniao", body)

    told = [(event["provider"], event["step"]) for event in carriers.events()]
    carriers.market.sql("DELETE FROM tracking_events")
    carriers.market.sql("DELETE FROM payloads")

    assert sorted(told) == [
        ("kdniao", "departed"),
        ("kdniao", "picked_up"),
        ("kuaidi100", "delivered"),
        ("kuaidi100", "departed"),
        ("kuaidi100", "picked_up"),
    ]


def test_a_revised_snapshot_adds_what_is_new_and_keeps_the_rest(carriers: Carriers) -> None:
    carriers.told("kuaidi100", kuaidi100("SF1", *JOURNEY_100[:2]))
    before = carriers.events()
    carriers.told("kuaidi100", kuaidi100("SF1", JOURNEY_100[0], (30, "1002", "干线，改过的话"), JOURNEY_100[2]))

    after = carriers.events()
    assert [event for event in after if event in before] == before
    assert [event["raw_text"] for event in after if event not in before] == ["干线，改过的话", "本人签收"]


def test_a_shipment_heard_from_two_providers_and_the_order_service_has_one_timeline(
    carriers: Carriers, market: Market
) -> None:
    order_id = market.order(waybills=[{"carrier": "Sf-Express", "number": "SF1"}])
    carriers.told("kuaidi100", kuaidi100("SF1", *JOURNEY_100, com="shunfeng"))
    carriers.told("kdniao", kdniao("SF1", *JOURNEY_NIAO, code="SF"))
    market.scans(order_id, (50, "picked_up"), carrier="sf", number="SF1")

    shown = carriers.order(order_id)

    assert {event["provider"] for event in shown["tracking"]} == {"kuaidi100", "kdniao", "orders"}
    assert {event["carrier"] for event in shown["tracking"]} == {"SF"}
    assert len(shown["tracking"]) == 7
    assert shown["contradictions"] == []
    assert shown["guarantees"][0]["status"] == "met"


def test_an_order_with_one_waybill_under_two_names_of_its_carrier_is_refused(market: Market) -> None:
    twice: list[dict[str, Any]] = [{"carrier": "SF", "number": "1"}, {"carrier": "shunfeng", "number": "1"}]
    order_id = market.order()

    refused = market.call("orders", "PUT", f"/v1/orders/{order_id}", _order(market, order_id, twice))

    assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, "waybills.1.number")


@pytest.mark.parametrize(
    ("hundred", "niao", "said"),
    [
        (JOURNEY_100, (*JOURNEY_NIAO[:2], (5, "407", "退回中")), "says sent back at"),
        (JOURNEY_100, (*JOURNEY_NIAO[:2], (2, "301", "签收")), "8 h apart"),
        (JOURNEY_100[:1], ((20, "10", "待揽件"),), "has a label only from"),
        (JOURNEY_100, ((5, "1", "已揽收"),), "says picked up only at"),
    ],
    ids=["returned", "delivered apart", "label after pickup", "pickup after delivery"],
)
def test_providers_that_contradict_each_other_are_shown_and_money_waits_for_a_person(
    carriers: Carriers, market: Market, hundred: Any, niao: Any, said: str
) -> None:
    seen = set()
    for turn, order in enumerate(permutations(("kuaidi100", "kdniao"))):
        number = f"SF{turn}"
        order_id = market.order(waybills=[{"carrier": "SF", "number": number}])
        bodies = {"kuaidi100": kuaidi100(number, *hundred), "kdniao": kdniao(number, *niao)}
        for provider in order:
            carriers.told(provider, bodies[provider])
        claim = market.settle(market.claim(order_id))
        [contradiction] = [one for one in carriers.order(order_id)["contradictions"] if said in one["because"]]
        seen.add(re.sub(r"[\d:-]{10} [\d:]{5}", "then", contradiction["because"]))

        assert (contradiction["number"], contradiction["providers"]) == (number, ["kdniao", "kuaidi100"])
        assert (claim["status"], claim["status_detail"]) == ("in_review", "facts_agree")

    assert len(seen) == 1


def test_a_delivery_in_two_provinces_is_a_contradiction_and_in_two_words_for_one_is_none(carriers: Carriers) -> None:
    order_id = carriers.market.order(waybills=[{"carrier": "SF", "number": "SF1"}, {"carrier": "SF", "number": "SF2"}])
    for number, place in (("SF1", "广东省深圳市"), ("SF2", "西湖区（浙江）")):
        carriers.told("kdniao", kdniao(number, *JOURNEY_NIAO, place=place))
        market_place = "浙江省杭州市"
        carriers.market.scans(order_id, (10, "delivered"), number=number, place=market_place)

    [contradiction] = carriers.order(order_id)["contradictions"]

    assert contradiction["number"] == "SF1"
    assert "广东省深圳市" in contradiction["because"]


def _order(market: Market, order_id: str, waybills: list[dict[str, Any]]) -> dict[str, Any]:
    snapshot = dict(market.call("orders", "GET", f"/v1/orders/{order_id}").get_json()["snapshot"])
    return snapshot | {"version": 2, "waybills": waybills}
