"""From a claim to a verified webhook, and to a reader of the feed that missed nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from service.devstack.receivers import Receiver, open_receiver
from tests.stories.market import Json, Market


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Another service that takes webhooks."""
    with open_receiver("healthy") as opened:
        yield opened


def subscribe(market: Market, role: str, receiver: Receiver, **more: Any) -> Json:
    answer = market.call(role, "POST", "/v1/webhooks", {"url": receiver.url, **more})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return dict(answer.get_json())


def verified(secret: str, receiver: Receiver) -> list[Json]:
    """What arrived, each message checked by the official library."""
    return [dict(Webhook(secret).verify(m.body, dict(m.headers))) for m in receiver.messages]


def feed(market: Market, role: str, after: str | None = None) -> tuple[list[Json], str]:
    """Everything after a place, page by page, and the place to go on from."""
    found: list[Json] = []
    while True:
        query = f"?limit=3&after={after}" if after else "?limit=3"
        part = market.call(role, "GET", f"/v1/events{query}").get_json()
        found += part["data"]
        after = part["next_cursor"]
        if not part["has_more"]:
            return found, after


def settled_claim(market: Market) -> str:
    order_id = market.order(hours=2, waybills=[])
    claim_id = market.claim(order_id, "not_shipped", evidence=[])
    market.settle(claim_id)
    return claim_id


def test_a_subscriber_hears_the_whole_way_of_a_claim_signed_and_in_order(market: Market, receiver: Receiver) -> None:
    secret = subscribe(market, "subscriber", receiver)["secret"]

    claim_id = settled_claim(market)

    heard = verified(secret, receiver)
    assert [event["type"] for event in heard] == ["claim.opened", "claim.approved", "charge.posted", "claim.refunded"]
    assert {event["data"]["claim_id"] for event in heard} == {claim_id}
    assert heard[1]["data"]["approved_amount"] == {"amount": 1990, "currency": "CNY"}
    assert heard[2]["data"]["party"] == "farmer"
    assert [message.headers["webhook-id"] for message in receiver.messages] == [event["id"] for event in heard]


def test_the_feed_tells_the_same_bodies_and_its_place_leads_on(market: Market, receiver: Receiver) -> None:
    secret = subscribe(market, "subscriber", receiver)["secret"]
    nothing, beginning = feed(market, "subscriber")
    settled_claim(market)
    first, place = feed(market, "subscriber", beginning)
    settled_claim(market)
    second, _ = feed(market, "subscriber", place)

    assert nothing == []
    assert (len(first), len(second)) == (4, 4)
    assert first + second == verified(secret, receiver)


def test_an_app_hears_of_its_own_claims_and_of_no_other_app_s(market: Market, receiver: Receiver) -> None:
    secret = subscribe(market, "app", receiver, event_types=["claim.opened", "claim.approved"])["secret"]
    own = settled_claim(market)
    market.tokens["our app"] = market.tokens.pop("app")
    settled_claim(market)

    assert [(e["type"], e["data"]["claim_id"]) for e in verified(secret, receiver)] == [
        ("claim.opened", own),
        ("claim.approved", own),
    ]
    events, _ = feed(market, "our app")
    assert {event["data"]["claim_id"] for event in events} == {own}


def test_a_farmer_reads_what_concerns_that_farmer(market: Market) -> None:
    order_id = market.order(hours=2, waybills=[])
    market.settle(market.claim(order_id, "not_shipped", evidence=[]))
    settled_claim(market)

    events, _ = feed(market, f"farmer-{order_id}")

    assert len(events) == 4
    assert {event["data"]["order_id"] for event in events} == {order_id}


def test_what_the_service_finds_by_itself_is_told_to_the_app_too(market: Market, receiver: Receiver) -> None:
    secret = subscribe(market, "app", receiver)["secret"]
    order_id = market.order(hours=60, waybills=[])
    market.work()

    heard = verified(secret, receiver)
    assert [event["type"] for event in heard][:2] == ["claim.opened", "claim.approved"]
    assert heard[0]["data"]["opened_by"] == "system"
    assert heard[0]["data"]["order_id"] == order_id
