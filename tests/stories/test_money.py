"""Where the money goes: the bank, the ledger, and the farmer's payout."""

import json

import urllib3

from tests.conftest import BANK_SECRET
from tests.stories.market import Market, cny


def _bank(market: Market, method: str, path: str, body: object = None) -> object:
    headers = {"Authorization": f"Bearer {BANK_SECRET}"}
    url = market.parts.config.bank_url + path
    return (
        urllib3.request(method, url, json=body, headers=headers).json()
        if method == "GET"
        else urllib3.request(method, url, body=json.dumps(body), headers=headers | {"Content-Type": "application/json"})
    )


def _rotten(market: Market) -> str:
    order = market.order()
    market.scans(order, (60, "picked_up"), (5, "delivered"))
    return market.claim(order)


def test_a_bank_that_answers_too_late_pays_once(market: Market) -> None:
    _bank(market, "POST", "/v1/faults", {"fault": "timeout_after_success", "count": 1, "seconds": 1})
    claim_id = _rotten(market)

    unknown = market.settle(claim_id)
    market.sql("UPDATE work SET due_at = now() WHERE kind = 'refund_buyer'")
    claim = market.settle(claim_id)

    assert (unknown["refund_status"], claim["refund_status"]) == ("unknown", "succeeded")
    moved = _bank(market, "GET", "/v1/transfers")
    assert [transfer["amount"] for transfer in moved["data"]] == [1990]  # type: ignore[index]


def test_a_bank_that_refuses_leaves_parked_work_that_a_person_can_retry(market: Market) -> None:
    _bank(market, "POST", "/v1/faults", {"fault": "refuse", "count": 1})
    claim_id = _rotten(market)

    failed = market.settle(claim_id)
    parked = market.call("operator", "GET", "/v1/parked-work").get_json()["data"]

    assert failed["refund_status"] == "failed"
    assert [work["kind"] for work in parked] == ["refund_buyer"]
    assert "refused" in parked[0]["last_error"]


def test_a_sale_is_held_until_the_window_closes_then_paid_with_lines_that_sum_exactly(market: Market) -> None:
    order = market.order(hours=160, lines=(("strawberry", 1990), ("lettuce", 1000)))
    market.scans(order, (130, "picked_up"), (100, "delivered"))
    farmer = f"farmer-{order}"

    market.work()
    released = market.balance(order)
    [payout_id] = market.call("operator", "POST", "/v1/payouts", {}).get_json()["payouts"]
    market.work()
    payout = market.call(farmer, "GET", f"/v1/farmers/{farmer}/payouts/{payout_id}").get_json()

    assert (released["held"], released["available"]) == (cny(0), cny(2990))
    assert (payout["amount"], payout["status"]) == (cny(2990), "succeeded")
    assert sum(line["net"]["amount"] for line in payout["lines"]) == payout["amount"]["amount"]
    assert market.balance(order)["total"] == cny(0)


def test_a_charge_after_the_payout_is_carried_over_to_the_next(market: Market) -> None:
    farmer = {"id": "farmer-carried", "name": "王家"}
    first = market.order(hours=160, farmer=farmer)
    market.scans(first, (130, "picked_up"), (100, "delivered"))
    market.work()
    market.call("operator", "POST", "/v1/payouts", {})
    market.work()

    claim_id = market.claim(first)
    market.work()
    market.act("app", claim_id, "escalate", reason="快递站没通知我")
    market.act("reviewer", claim_id, "approve", share_bp=10_000, reason="酌情")
    market.work()
    [negative] = market.call("farmer-carried", "GET", "/v1/farmers/farmer-carried/balance").get_json()["balances"]
    nothing = market.call("operator", "POST", "/v1/payouts", {}).get_json()["payouts"]

    assert negative["available"] == cny(-1990)
    assert nothing == []
    assert market.drift() == 0


def test_the_statement_shows_sale_and_charge_and_its_running_balance_ends_at_the_balance(market: Market) -> None:
    order = market.order()
    market.scans(order, (60, "picked_up"), (5, "delivered"))
    market.settle(market.claim(order, share_bp=3000))
    farmer = f"farmer-{order}"

    lines = market.call(farmer, "GET", f"/v1/farmers/{farmer}/statement").get_json()["data"]
    sheet = market.call(farmer, "GET", f"/v1/farmers/{farmer}/statement?format=csv")

    assert [line["type"] for line in lines] == ["sale", "refund_charge"]
    assert lines[-1]["running_balance"] == market.balance(order)["total"]
    assert sheet.data.startswith(b"\xef\xbb\xbf")
