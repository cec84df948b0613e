"""What refund channels call back, believed only when signed; and parked work, retried by a person."""

import json
import time
from typing import Any

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from service.refunds.signature import Message, sign
from tests.builders import BankAtHand
from tests.conftest import BANK_SECRET
from tests.stories.market import Market, cny
from tests.web.conftest import problem

PATH = "/v1/refunds/sandbox/notices"


@pytest.fixture
def pending(market: Market, bank: BankAtHand) -> dict[str, Any]:
    """A refund that the bank has taken and not finished; nothing of it was called back."""
    bank.misbehave("processing", seconds=3600)
    order_id = market.order(hours=50)
    market.scans(order_id, (40, "picked_up"), (5, "delivered"))
    claim_id = market.settle(market.claim(order_id))["id"]
    [refund] = market.sql("SELECT refund_id, claim_id, amount, currency, status FROM refunds")
    assert (refund["claim_id"], refund["status"]) == (claim_id, "pending")
    return refund


def notice(refund: dict[str, Any], **changes: Any) -> bytes:
    body = {
        "transfer_id": refund["refund_id"],
        "amount": refund["amount"],
        "currency": refund["currency"],
        "status": "succeeded",
        "reference": "bank-1",
        "because": "done",
    }
    return json.dumps(body | changes).encode()


def call_back(market: Market, body: bytes, path: str = PATH, secret: str = BANK_SECRET) -> Any:
    headers = sign((secret.encode(),), Message("POST", path, body), "n1", time.time())
    return market.http.post(path, data=body, headers={**headers, "Content-Type": "application/json"})


def test_a_signed_notice_ends_a_refund_and_again_changes_nothing(market: Market, pending: dict[str, Any]) -> None:
    first, again = call_back(market, notice(pending)), call_back(market, notice(pending))

    assert (first.status_code, again.status_code, first.data) == (204, 204, b"")
    assert market.read(pending["claim_id"])["refund_status"] == "succeeded"


def test_a_notice_is_logged_with_the_claim_that_it_settles(market: Market, pending: dict[str, Any]) -> None:
    market.sql("UPDATE claims SET request_id = 'req-7'")

    with capture_logs(processors=[merge_contextvars]) as logged:
        call_back(market, notice(pending))

    answered, request = logged
    assert (answered["event"], answered["claim_id"], answered["request_id"]) == (
        "refund_answered",
        pending["claim_id"],
        "req-7",
    )
    assert (request["event"], request["transfer_id"]) == ("request", pending["refund_id"])


def test_a_notice_with_another_signature_amount_or_transfer_changes_nothing(
    market: Market, pending: dict[str, Any]
) -> None:
    problem(call_back(market, notice(pending), secret="x" * 32), 401, "notice_refused")
    problem(market.http.post(PATH, data=notice(pending)), 401, "notice_refused")
    problem(call_back(market, notice(pending, amount=1)), 409, "notice_mismatch")
    problem(call_back(market, notice(pending, transfer_id="rfd_none")), 404, "not_found")
    problem(call_back(market, notice(pending, transfer_id="pay_none")), 404, "not_found")
    problem(call_back(market, notice(pending), "/v1/refunds/other/notices"), 404, "not_found")
    assert market.read(pending["claim_id"])["refund_status"] == "pending"


@pytest.fixture
def refused(market: Market, bank: BankAtHand) -> dict[str, Any]:
    """A refund that the bank refused for good, and its claim."""
    bank.misbehave("refuse", count=1)
    order_id = market.order(hours=50)
    market.scans(order_id, (40, "picked_up"), (5, "delivered"))
    claim = market.settle(market.claim(order_id))
    assert claim["refund_status"] == "failed"
    [row] = market.sql("SELECT refund_id, claim_id FROM refunds")
    return row


def test_a_refused_refund_is_replaced_by_an_operator_once_and_paid(
    market: Market, bank: BankAtHand, refused: dict[str, Any]
) -> None:
    path, body = f"/v1/refunds/{refused['refund_id']}/replace", {"reason": "the card was closed"}
    with capture_logs(processors=[merge_contextvars]) as logged:
        made, replayed = (market.call("operator", "POST", path, body, Idempotency_Key="anew") for _ in range(2))

    shown = made.get_json()
    assert (made.status_code, replayed.data, shown["status"]) == (201, made.data, "pending")
    assert (shown["replaces"], shown["amount"], shown["channel"]) == (refused["refund_id"], cny(1990), "sandbox")
    [line] = [line for line in logged if line["event"] == "refund_replaced"]
    assert (line["claim_id"], line["refund_id"]) == (refused["claim_id"], shown["id"])
    assert market.settle(refused["claim_id"])["refund_status"] == "succeeded"
    assert [effect["id"] for effect in bank.effects()] == [shown["id"]]
    problem(market.call("operator", "POST", path, body), 409, "refund_not_refused")


def test_who_may_not_replace_a_refund_or_names_none_changes_nothing(market: Market, refused: dict[str, Any]) -> None:
    path, body = f"/v1/refunds/{refused['refund_id']}/replace", {"reason": "the card was closed"}

    for role in ("app", "orders", "reviewer"):
        problem(market.call(role, "POST", path, body), 403, "scope_missing")
    problem(market.call("operator", "POST", "/v1/refunds/rfd_none/replace", body), 404, "refund_unknown")
    problem(market.call("operator", "POST", path, {}), 422, "request_invalid")
    problem(market.call("operator", "POST", path, body | {"channel": "other"}), 422, "channel_closed")
    assert market.sql("SELECT status FROM refunds") == [{"status": "failed"}]
    assert len(market.call("operator", "GET", "/v1/parked-work").get_json()["data"]) == 1


def test_parked_work_is_listed_with_its_error_and_retried_once(market: Market, bank: BankAtHand) -> None:
    bank.misbehave("refuse", count=1)
    order_id = market.order(hours=50)
    market.scans(order_id, (40, "picked_up"), (5, "delivered"))
    claim_id = market.settle(market.claim(order_id))["id"]

    [parked] = market.call("operator", "GET", "/v1/parked-work").get_json()["data"]
    path = f"/v1/parked-work/{parked['work_id']}/retry"
    retried = market.call("operator", "POST", path, Idempotency_Key="again")
    replayed = market.call("operator", "POST", path, Idempotency_Key="again")

    assert (parked["kind"], retried.status_code) == ("refund_buyer", 200)
    assert "refused" in parked["last_error"]
    assert replayed.data == retried.data
    problem(market.call("operator", "POST", path), 404, "work_unknown")
    assert market.settle(claim_id)["id"] == claim_id
