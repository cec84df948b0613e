"""Who reads the logs can follow a claim: each line of its story names the claim and the request that opened it."""

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from service.devstack.receivers import Receiver, open_receiver
from service.flows.run_work import run_due
from service.queues import Kind
from tests.stories.market import Market, cny

Lines = list[Any]
REQUEST = "req-of-the-buyer"
COUPON = {"buyer_id": "b", "amount": cny(500), "reason": "sorry"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver("healthy") as opened:
        yield opened


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Every line as it is logged, in the API and in the workers."""
    with capture_logs(processors=[merge_contextvars]) as logged:
        yield logged


def named(lines: Lines, event: str) -> list[tuple[str, str | None]]:
    return [(line.get("claim_id"), line.get("request_id")) for line in lines if line["event"] == event]


def opened(market: Market, order_id: str, **more: Any) -> str:
    asked = {
        "order_id": order_id,
        "line_id": "1",
        "cause": "rotten",
        "affected": {"share_bp": 10_000},
        "requested_resolution": "refund_only",
        "evidence": more["evidence"] if "evidence" in more else [market.photo()],
    }
    return str(market.call("app", "POST", "/v1/claims", asked, X_Request_Id=REQUEST).get_json()["id"])


def test_a_claim_is_followed_from_its_request_to_the_webhooks_that_told_of_it(
    market: Market, receiver: Receiver, lines: Lines
) -> None:
    market.call("app", "POST", "/v1/webhooks", {"url": receiver.url})
    order_id = market.order()
    market.scans(order_id, (40, "picked_up"), (2, "delivered"))

    claim_id = opened(market, order_id)
    assert market.settle(claim_id)["refund_status"] == "succeeded"

    trail = (claim_id, REQUEST)
    assert [
        (line["claim_id"], line["request_id"])
        for line in lines
        if line["event"] == "request" and line["route"] == "/v1/claims"
    ] == [trail]
    assert set(named(lines, "claim_decided")) == {trail}
    assert named(lines, "refund_answered") == [trail]
    assert named(lines, "claim_attributed") == [trail]
    assert set(named(lines, "webhook_answered")) == {trail}
    told = {line["type"] for line in lines if line["event"] == "webhook_answered"}
    assert told == {"claim.opened", "claim.approved", "claim.refunded", "charge.posted"}


def test_a_decision_that_a_later_request_brings_about_is_still_on_the_trail(market: Market, lines: Lines) -> None:
    order_id = market.order()
    market.scans(order_id, (40, "picked_up"), (2, "delivered"))
    claim_id = opened(market, order_id, evidence=[])
    assert market.settle(claim_id)["status"] == "needs_action"

    market.act("app", claim_id, "evidence", evidence=[market.photo()])
    assert market.settle(claim_id)["status"] == "approved"

    assert named(lines, "claim_decided") == [(claim_id, REQUEST)] * 2


def test_a_step_that_fails_names_the_claim_it_was_for(market: Market, lines: Lines) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("the channel is closed")

    order_id = market.order()
    market.scans(order_id, (40, "picked_up"), (2, "delivered"))
    claim_id = opened(market, order_id)
    market.sql("UPDATE work SET due_at = now() + interval '1 hour' WHERE kind = 'decide_claim'")
    run_due(market.parts.db, Kind.INSPECT_EVIDENCE, fail)

    assert named(lines, "step_failed") == [(claim_id, REQUEST)]


def test_what_the_service_opens_by_itself_is_logged_with_its_claim(market: Market, lines: Lines) -> None:
    order_id = market.order(hours=200, waybills=[])
    market.work()

    claim_id = market.only_claim_of(order_id)["id"]
    assert named(lines, "claim_opened") == [(claim_id, None)]


def test_a_request_about_a_claim_s_coupon_names_the_claim(market: Market, lines: Lines) -> None:
    claim_id = market.claim(market.order(), "missing")
    coupon = market.call("orders", "POST", "/v1/coupons", COUPON).get_json()
    market.sql("UPDATE coupons SET claim_id = %s", claim_id)

    taken = {"order_id": "another", "buyer_id": "b"}
    market.call("orders", "POST", f"/v1/coupons/{coupon['id']}/redeem", taken, X_Request_Id="r2")

    [line] = [line for line in lines if line["event"] == "request" and line["request_id"] == "r2"]
    assert (line["coupon_id"], line["claim_id"]) == (coupon["id"], claim_id)
