"""Tracking events at the door."""

from typing import Any

import pytest

from tests.stories.market import Market
from tests.web.bodies import an_event
from tests.web.conftest import fields, problem


def post(market: Market, *events: Any) -> Any:
    return market.call("orders", "POST", "/v1/tracking", {"events": list(events)})


def test_the_same_event_again_is_accepted_and_not_new(market: Market) -> None:
    event = an_event()

    assert post(market, event, event).get_json() == {"accepted": 2, "new": 1}
    assert post(market, event).get_json() == {"accepted": 1, "new": 0}


def test_the_provider_is_the_client_that_called(market: Market) -> None:
    post(market, an_event(raw_code="PU", raw_text="已揽收", place="杭州", celsius=4.5))

    [row] = market.sql("SELECT provider, zone_source, celsius FROM tracking_events")

    assert row == {"provider": "orders", "zone_source": "given", "celsius": 4.5}


def test_ten_thousand_events_are_one_call_and_one_more_is_too_many(market: Market) -> None:
    events = [an_event(number=f"W{n}") for n in range(10_000)]

    assert post(market, *events).get_json() == {"accepted": 10_000, "new": 10_000}
    problem(post(market, *events, an_event()), 422, "request_invalid")


@pytest.mark.parametrize(
    ("spoiled", "field"),
    [
        ({"carrier": "S F"}, "events.0.carrier"),
        ({"number": "W\t1"}, "events.0.number"),
        ({"number": ""}, "events.0.number"),
        ({"event_time": "2026-06-01T08:30:00"}, "events.0.event_time"),
        ({"step": "teleported"}, "events.0.step"),
        ({"cause": "weather"}, "events.0.cause"),
        ({"step": "exception", "cause": "aliens"}, "events.0.cause"),
        ({"celsius": "4"}, "events.0.celsius"),
        ({"celsius": -300}, "events.0.celsius"),
        ({"weight": 3}, "events.0.weight"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(market: Market, spoiled: dict[str, Any], field: str) -> None:
    assert fields(problem(post(market, an_event(**spoiled)), 422, "request_invalid")) == [field]


def test_an_exception_may_name_its_cause_or_not(market: Market) -> None:
    named, unnamed = an_event(step="exception", cause="weather"), an_event(step="exception")

    assert post(market, named, unnamed).get_json()["new"] == 2


def test_no_events_at_all_are_refused(market: Market) -> None:
    problem(post(market), 422, "request_invalid")
