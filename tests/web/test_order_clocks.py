"""Every clock of an order is shown from the moment it is paid, with what is left of it."""

from typing import Any

import pytest

from tests.stories.market import Market, ago
from tests.web.bodies import an_order
from tests.web.conftest import fields, problem

KASHGAR = {"province": "新疆维吾尔自治区", "city": "喀什地区", "district": "疏附县", "village": "托克扎克村"}
ON_THE_WAY = {"first_scan", "movement", "first_hub", "promise", "stall", "loss"}


def shown(market: Market, order_id: str) -> dict[str, Any]:
    return dict(market.call("reviewer", "GET", f"/v1/orders/{order_id}").get_json())


def clocks(market: Market, order_id: str) -> dict[str, dict[str, Any]]:
    return {clock["clock"]: clock for clock in shown(market, order_id)["guarantees"]}


def test_every_clock_is_known_from_payment_on(market: Market) -> None:
    order = market.order(hours=1, waybills=[])

    known = clocks(market, order)

    before = {"ship_by", "severely_late", "free_to_leave", "claim_window", "farmer_response", "appeal"}
    assert known.keys() == before | ON_THE_WAY
    assert {known[name]["status"] for name in ON_THE_WAY} == {"not_started"}
    assert known["ship_by"]["status"] == "running"
    assert known["ship_by"]["seconds_left"] == pytest.approx(47 * 3600, abs=60)
    assert (known["movement"]["hours"], known["movement"]["name_zh"]) == (24, "虚假发货")
    assert (known["promise"]["hours"], known["promise"]["name_zh"]) == (72, "物流异常补贴券")


def test_clocks_start_and_end_with_the_scans(market: Market) -> None:
    order = market.order(hours=60)
    market.scans(order, (30, "picked_up"), (20, "departed"), (10, "arrived"))

    known = clocks(market, order)

    assert (known["first_scan"]["status"], known["movement"]["status"]) == ("met", "met")
    assert known["first_hub"]["seconds_left"] == pytest.approx(38 * 3600, abs=60)
    assert (known["promise"]["status"], known["promise"]["leg"]) == ("running", 1)


@pytest.mark.parametrize(
    ("code", "hub", "promise"),
    [("650102", 72, 168), ("653121", 120, 168), ("540602", 120, 168), ("152921", 120, 120), ("310104", 48, 72)],
)
def test_a_code_tells_lane_and_tier_whatever_the_province_is_called(
    market: Market, code: str, hub: int, promise: int
) -> None:
    order = market.order(hours=1, destination={"province": "Far West", "code": code})

    known = clocks(market, order)

    assert (known["first_hub"]["hours"], known["promise"]["hours"]) == (hub, promise)


def test_a_village_far_away_is_promised_more_and_each_leg_has_its_own_clock(market: Market) -> None:
    legs = [{"carrier": "SF", "number": "A", "leg": 1}, {"carrier": "YTO", "number": "B", "leg": 2}]
    order = market.order(hours=150, destination=KASHGAR | {"code": "653121"}, waybills=legs)
    events = [
        {"carrier": "SF", "number": "A", "event_time": at, "step": step}
        for at, step in ((ago(120), "picked_up"), (ago(110), "departed"), (ago(40), "delivered"))
    ]
    market.call("orders", "POST", "/v1/tracking", {"events": events})

    legs_shown = [c for c in shown(market, order)["guarantees"] if c["clock"] in ("promise", "hub_forward")]

    assert [(c["clock"], c["leg"], c["hours"], c["status"]) for c in legs_shown] == [
        ("promise", 1, 168, "met"),
        ("promise", 2, 120 + 96, "running"),
        ("hub_forward", 2, 72, "running"),
    ]
    assert clocks(market, order)["claim_window"]["hours"] == 24 + 48


def test_the_claims_of_an_order_show_until_when_they_can_be_appealed(market: Market) -> None:
    order = market.order(hours=50)
    market.work()

    appeal = clocks(market, order)["appeal"]

    assert (appeal["status"], appeal["name_zh"]) == ("running", "申诉")
    assert appeal["claim_id"] == market.only_claim_of(order)["id"]
    assert appeal["seconds_left"] == pytest.approx(7 * 86400, abs=60)


def test_a_route_that_leads_elsewhere_is_shown(market: Market) -> None:
    order = market.order(hours=60)
    event = {"carrier": "SF", "number": f"W-{order}", "event_time": ago(2), "step": "delivered", "place": "四川成都"}
    market.call("orders", "POST", "/v1/tracking", {"events": [event]})

    assert shown(market, order)["route"] == {
        "leads_to_address": False,
        "because": "handed over in 四川成都, the address is in 上海",
    }


@pytest.mark.parametrize("code", ["65", "6531210", "ABCDEF", "653121 ", 653121])
def test_a_code_that_is_none_is_refused_by_its_field(market: Market, code: Any) -> None:
    refused = market.call("orders", "PUT", "/v1/orders/o1", an_order(destination=KASHGAR | {"code": code}))

    assert "destination.code" in fields(problem(refused, 422, "request_invalid"))
