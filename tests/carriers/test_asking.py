"""Providers are asked where pushes fall silent, within their budgets, through the work table."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from service.carriers.base import Answering
from service.carriers.names import called_by
from service.carriers.registry import PROVIDERS
from service.vault import open_vault
from tests.carriers.conftest import Carriers
from tests.carriers.desks import DESKS, Asked, QueryDesk
from tests.stories.market import Market


def later(market: Market, hours: float = 0) -> None:
    """As if so many hours had gone by, and the next look at each parcel were due."""
    market.work()
    for table, at in (("tracking_events", "recorded_at"), ("orders", "recorded_at"), ("questions", "asked_at")):
        market.sql(f"UPDATE {table} SET {at} = {at} - make_interval(secs => %s)", hours * 3600)
    market.sql("UPDATE work SET due_at = now() WHERE kind = 'ask_carrier'")
    market.work()


def due_in(market: Market) -> list[timedelta]:
    """How long until each parcel is looked at."""
    return [row["wait"] for row in market.sql("SELECT due_at - now() AS wait FROM work WHERE kind = 'ask_carrier'")]


def parcel(market: Market, number: str = "SF1", **more: Any) -> str:
    """An order whose parcel was picked up."""
    return market.order(waybills=[{"carrier": "SF", "number": number}], **more)


def test_a_silent_parcel_is_asked_about_and_what_comes_back_is_strong(
    asking: Carriers, market: Market, desk: QueryDesk
) -> None:
    desk.known["SF1"] = desk.journey
    destination = {"province": "上海市", "phone_tail": "0042"}
    parcel(market, destination=destination)
    asking.told(desk.provider, desk.push("SF1", desk.journey[0]))
    later(market, 14)

    assert [(event["step"], event["weak"]) for event in asking.events()] == [
        ("picked_up", False),
        ("departed", False),
        ("delivered", False),
    ]
    assert desk.asked == [Asked(called_by(desk.provider, "SF"), "SF1", "0042" if desk.wants_phone else "")]
    assert market.sql("SELECT source, status, events FROM payloads WHERE source = 'reply'") == [
        {"source": "reply", "status": "read", "events": 3}
    ]
    assert due_in(market) == []


def test_without_the_key_a_question_waits_and_costs_neither_an_attempt_nor_the_budget(
    asking: Carriers, market: Market, desk: QueryDesk
) -> None:
    desk.known["SF1"] = desk.journey
    parcel(market)
    asking.told(desk.provider, desk.push("SF1", desk.journey[0]))
    locked = replace(market.parts, vault=open_vault(""))
    with capture_logs() as logged:
        later(replace(market, parts=locked), 14)

    assert [line["parcel_id"] for line in logged if line["event"] == "secrets_locked"] == ["SF SF1"]
    assert market.sql("SELECT attempts, parked_at FROM work WHERE kind = 'ask_carrier'") == [
        {"attempts": 0, "parked_at": None}
    ]
    assert market.sql("SELECT asked_in_day FROM carrier_accounts") == [{"asked_in_day": 0}]
    later(market)
    assert len(desk.asked) == 1


def test_a_parcel_that_is_heard_of_is_not_asked_about(asking: Carriers, market: Market, desk: QueryDesk) -> None:
    parcel(market)
    asking.told(desk.provider, desk.push("SF1", desk.journey[0]))
    later(market)

    assert desk.asked == []
    [wait] = due_in(market)
    assert timedelta(hours=11.9) < wait < timedelta(hours=13)


def test_answers_without_news_are_asked_for_ever_more_rarely(asking: Carriers, market: Market, desk: QueryDesk) -> None:
    desk.known["SF1"] = desk.journey[:1]
    parcel(market)
    asking.told(desk.provider, desk.push("SF1", desk.journey[0]))
    later(market, 14)
    later(market, 13)

    assert len(desk.asked) == 1
    later(market, 13)
    assert len(desk.asked) == 2


def test_no_number_is_asked_about_more_often_than_its_provider_allows(
    asking: Carriers, market: Market, desk: QueryDesk
) -> None:
    provider = PROVIDERS[desk.provider]
    assert isinstance(provider, Answering)
    least = timedelta(minutes=provider.least_minutes)
    parcel(market)
    later(market, 14)
    market.sql("UPDATE questions SET wanted_at = now()")
    later(market, 0.8 * least / timedelta(hours=1))

    assert len(desk.asked) == 1
    [wait] = due_in(market)
    assert timedelta() < wait < least


def test_an_accounts_budgets_of_minute_and_day_are_kept(carriers: Carriers, market: Market, desk: QueryDesk) -> None:
    carriers.ask_at(desk, asks_a_minute=3, asks_a_day=5)
    for n in range(8):
        parcel(market, f"SF{n}")
    later(market, 14)
    assert len(desk.asked) == 3

    market.sql("UPDATE carrier_accounts SET minute_began_at = minute_began_at - interval '1 minute'")
    later(market)
    assert len(desk.asked) == 5
    assert len({asked.number for asked in desk.asked}) == 5

    market.sql("UPDATE carrier_accounts SET minute_began_at = minute_began_at - interval '1 minute'")
    later(market)
    assert len(desk.asked) == 5
    assert max(due_in(market)) > timedelta(hours=23)


def test_where_one_accounts_budget_is_spent_the_next_one_asks(
    carriers: Carriers, market: Market, desk: QueryDesk
) -> None:
    for name in ("main", "second"):
        carriers.ask_at(desk, name=name, asks_a_minute=3)
    for n in range(8):
        parcel(market, f"SF{n}")
    later(market, 14)

    assert len({asked.number for asked in desk.asked}) == len(desk.asked) == 6


@pytest.mark.parametrize("fault", ["slow", "500", "empty", "not_json", "too_often"])
def test_a_provider_that_is_away_costs_no_attempt_and_is_asked_again(
    asking: Carriers, market: Market, desk: QueryDesk, fault: str
) -> None:
    desk.known["SF1"] = desk.journey
    desk.fault = fault
    parcel(market)
    later(market, 14)

    assert market.sql("SELECT attempts, parked_at, due_at > now() AS later FROM work WHERE kind = 'ask_carrier'") == [
        {"attempts": 0, "parked_at": None, "later": True}
    ]
    [question] = market.sql("SELECT because, answered_at FROM questions")
    assert question["because"]
    assert question["answered_at"] is None

    desk.fault = ""
    later(market, 30)
    assert len(asking.events()) == 3


def test_a_number_that_the_provider_does_not_know_is_asked_for_again(
    asking: Carriers, market: Market, desk: QueryDesk
) -> None:
    parcel(market)
    later(market, 14)
    [question] = market.sql("SELECT because FROM questions")
    assert desk.noes["nothing"] in question["because"]
    desk.known["SF1"] = desk.journey
    later(market, 30)

    assert len(asking.events()) == 3


def test_a_question_that_is_refused_for_good_is_not_repeated_and_says_why(
    asking: Carriers, market: Market, desk: QueryDesk
) -> None:
    desk.key = "another key by now"
    parcel(market)
    later(market, 14)
    later(market, 30)

    assert len(desk.asked) == 1
    [question] = market.sql("SELECT because, refused_at IS NOT NULL AS refused FROM questions")
    assert question["refused"]
    assert desk.noes["signature"] in question["because"]
    assert due_in(market) == []


def test_every_provider_that_can_be_asked_has_a_desk() -> None:
    answering = [name for name, provider in PROVIDERS.items() if isinstance(provider, Answering)]

    assert sorted(desk.provider for desk in DESKS) == sorted(answering)


def test_without_an_account_that_asks_nothing_is_due(carriers: Carriers, market: Market, desk: QueryDesk) -> None:
    parcel(market)
    carriers.told(desk.provider, desk.push("SF1", desk.journey[0]))

    assert due_in(market) == []


def test_an_account_that_asks_looks_after_parcels_that_were_there_before_it(
    carriers: Carriers, market: Market, desk: QueryDesk
) -> None:
    parcel(market)
    market.work()
    carriers.ask_at(desk)

    assert len(due_in(market)) == 1
