"""People act on claims at the door; what they may do next is on the claim itself."""

from typing import Any

import pytest

from tests.stories.market import Market, ago, cny
from tests.web.conftest import fields, problem


@pytest.fixture
def asked(market: Market) -> str:
    """A claim that waits for its farmer: not as described is nothing that policy settles alone."""
    order_id = market.order(hours=50)
    market.scans(order_id, (40, "picked_up"), (5, "delivered"))
    claim_id = market.claim(order_id, "not_as_described")
    assert market.settle(claim_id)["waiting_on"] == "farmer"
    return claim_id


@pytest.fixture
def reviewed(market: Market, asked: str) -> str:
    """A claim that waits for the platform."""
    assert market.act("app", asked, "escalate")["waiting_on"] == "platform"
    return asked


def farmer_of(market: Market, claim_id: str) -> str:
    return str(market.read(claim_id)["farmer_id"])


def test_the_farmer_agrees_and_the_buyer_is_paid(market: Market, asked: str) -> None:
    agreed = market.act(farmer_of(market, asked), asked, "respond", answer="agree")

    assert (agreed["status"], agreed["approved_amount"]) == ("approved", cny(1990))
    assert market.settle(asked)["refund_status"] == "succeeded"


def test_the_farmer_contests_and_a_person_rules(market: Market, asked: str) -> None:
    contested = market.act(farmer_of(market, asked), asked, "respond", answer="contest", note="发货时是好的")
    assert (contested["stage"], contested["waiting_on"]) == ("mediation", "platform")

    rejected = market.act("reviewer", asked, "reject", reason="the photo shows sound fruit")

    assert (rejected["status"], rejected["approved_amount"]) == ("rejected", cny(0))
    [*_, ruled] = market.call("app", "GET", f"/v1/claims/{asked}/receipt").get_json()["receipts"]
    assert (ruled["decided_by"], ruled["because"]) == ("reviewer", "the photo shows sound fruit")


def test_a_person_grants_an_amount_or_a_share(market: Market, reviewed: str) -> None:
    approved = market.act("reviewer", reviewed, "approve", share_bp=5000, reason="half of it")

    assert (approved["status"], approved["approved_amount"]) == ("approved_partial", cny(995))
    appealed = market.act("app", reviewed, "appeal", reason="all of it was bad")
    assert appealed["stage"] == "appeal"
    assert market.act("reviewer", reviewed, "approve", amount=cny(1990), reason="right")["status"] == "approved"


def test_an_approval_stays_within_what_is_left_and_in_the_claims_currency(market: Market, reviewed: str) -> None:
    def approve(**body: Any) -> Any:
        return market.call("reviewer", "POST", f"/v1/claims/{reviewed}/approve", {"reason": "r"} | body)

    problem(approve(amount=cny(1991)), 422, "amount_above_left")
    problem(approve(amount=cny(0)), 422, "amount_zero")
    assert fields(problem(approve(amount={"amount": 1, "currency": "USD"}), 422, "request_invalid")) == [
        "amount.currency"
    ]
    assert fields(problem(approve(amount=cny(1), share_bp=1), 422, "request_invalid")) == ["share_bp"]
    problem(approve(reason=""), 422, "request_invalid")
    assert market.read(reviewed)["status"] == "in_review"


def test_the_platform_asks_and_the_buyer_adds_a_photo(market: Market, reviewed: str) -> None:
    assert market.act("reviewer", reviewed, "request-info", message="show the label")["waiting_on"] == "buyer"

    given = market.act("app", reviewed, "evidence", evidence=[market.photo("label.jpg")])

    assert len(given["evidence"]) == 2
    problem(
        market.call("app", "POST", f"/v1/claims/{reviewed}/evidence", {"evidence": ["evd_none"]}),
        422,
        "evidence_unknown",
    )


def test_a_buyer_takes_a_claim_back_and_then_nothing_more_can_be_done(market: Market, asked: str) -> None:
    cancelled = market.act("app", asked, "cancel")

    assert (cancelled["status"], cancelled["available_actions"]) == ("cancelled", [])
    problem(market.call("app", "POST", f"/v1/claims/{asked}/cancel", {}), 409, "action_not_available")


def test_what_can_be_done_is_told_with_party_and_deadline(market: Market, asked: str) -> None:
    claim = market.read(asked)

    assert {"action": "respond", "by": "farmer", "due_at": claim["response_due_at"]} in claim["available_actions"]


def test_a_stale_version_is_refused_and_the_seen_one_is_taken(market: Market, asked: str) -> None:
    version = market.read(asked)["version"]
    path = f"/v1/claims/{asked}/escalate"

    problem(market.call("app", "POST", path, {}, If_Match=f'"{version - 1}"'), 412, "version_stale")
    problem(market.call("app", "POST", path, {}, If_Match="latest"), 412, "version_stale")
    taken = market.call("app", "POST", path, {}, If_Match=f'"{version}"')

    assert (taken.status_code, taken.headers["ETag"]) == (200, f'"{version + 1}"')


def test_an_action_sent_again_is_answered_as_before_even_after_its_window(market: Market, reviewed: str) -> None:
    path, body = f"/v1/claims/{reviewed}/approve", {"amount": cny(500), "reason": "a quarter"}

    first = market.call("reviewer", "POST", path, body, Idempotency_Key="once")
    market.sql("UPDATE claims SET decided_at = %s WHERE claim_id = %s", ago(24 * 30), reviewed)
    again = market.call("reviewer", "POST", path, body, Idempotency_Key="once")

    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.data == first.data
    assert first.get_json()["available_actions"]
    assert market.read(reviewed)["available_actions"] == []


def test_an_action_on_what_is_not_there_is_not_found(market: Market) -> None:
    problem(market.call("app", "POST", "/v1/claims/clm_none/cancel", {}), 404, "not_found")
