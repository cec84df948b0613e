"""What a farmer sees of its money."""

import csv
import io
import re
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest

from tests.stories.market import Market, cny
from tests.web.conftest import problem


@pytest.fixture
def farmer(market: Market) -> str:
    """A farmer with one sale of 20.00 and a charge on it; released, so that a payout can be drawn."""
    order_id = market.order(hours=24 * 20, lines=(("strawberry", 2000),))
    market.scans(order_id, (24 * 20 - 40, "picked_up"), (24 * 20 - 80, "delivered"))
    claim_id = market.claim(order_id, "wrong_item", share_bp=3000)
    market.sql("UPDATE claims SET opened_at = opened_at - interval '400 hours' WHERE claim_id = %s", claim_id)
    market.settle(claim_id)
    market.sql("UPDATE work SET due_at = now() WHERE parked_at IS NULL")
    market.work()
    return f"farmer-{order_id}"


def read(market: Market, farmer: str, what: str) -> Any:
    answer = market.call(farmer, "GET", f"/v1/farmers/{farmer}/{what}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def test_a_charge_comes_with_its_reason_and_its_claim(market: Market, farmer: str) -> None:
    charges = read(market, farmer, "charges")

    [charge] = charges["data"]
    assert charge["because"]
    assert charge["id"].startswith("chg_")
    assert charge["claim_id"].startswith("clm_")
    assert charge["amount"]["amount"] > 0
    assert charges["has_more"] is False


def test_a_payout_takes_the_balance_and_its_lines_sum_to_it(market: Market, farmer: str) -> None:
    [before] = read(market, farmer, "balance")["balances"]
    assert before["total"]["amount"] == before["held"]["amount"] + before["available"]["amount"]

    drawn = market.call("operator", "POST", "/v1/payouts", Idempotency_Key="batch-1")
    again = market.call("operator", "POST", "/v1/payouts", Idempotency_Key="batch-1")
    market.work()

    [payout_id] = drawn.get_json()["payouts"]
    assert (drawn.status_code, again.data) == (201, drawn.data)
    [listed] = read(market, farmer, "payouts")["data"]
    payout = read(market, farmer, f"payouts/{payout_id}")
    assert (listed["id"], listed["status"], listed["amount"]) == (payout_id, "succeeded", before["available"])
    assert sum(line["net"]["amount"] for line in payout["lines"]) == payout["amount"]["amount"]
    assert read(market, farmer, "balance")["balances"][0]["available"] == cny(0)


def test_a_payout_of_another_farmer_is_not_found(market: Market, farmer: str) -> None:
    [payout_id] = market.call("operator", "POST", "/v1/payouts").get_json()["payouts"]

    problem(market.call("farmer-2", "GET", f"/v1/farmers/farmer-2/payouts/{payout_id}"), 404, "not_found")


def test_a_statement_adds_up_as_json_and_as_a_sheet(market: Market, farmer: str) -> None:
    lines = read(market, farmer, "statement")["data"]
    sheet = market.call(farmer, "GET", f"/v1/farmers/{farmer}/statement?format=csv")

    assert [line["type"] for line in lines] == ["sale", "refund_charge"]
    assert lines[-1]["running_balance"]["amount"] == sum(line["net"]["amount"] for line in lines)
    assert sheet.content_type == "text/csv; charset=utf-8"
    assert sheet.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(sheet.data.decode("utf-8-sig"))))
    assert [Decimal(row["net"]) * 100 for row in rows] == [line["net"]["amount"] for line in lines]


def test_a_statement_opens_as_an_excel_workbook_with_the_same_amounts(market: Market, farmer: str) -> None:
    lines = read(market, farmer, "statement")["data"]
    book = market.call(farmer, "GET", f"/v1/farmers/{farmer}/statement?format=xlsx")

    assert book.content_type == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    sheet = ZipFile(io.BytesIO(book.data)).read("xl/worksheets/sheet1.xml").decode()
    numbers = [Decimal(number) for number in re.findall(r"<v>(-?\d+\.\d+)</v>", sheet)]
    assert {Decimal(line["net"]["amount"]) / 100 for line in lines} <= set(numbers)
    assert "<f>" not in sheet


def test_a_statement_keeps_to_its_days(market: Market, farmer: str) -> None:
    assert read(market, farmer, "statement?from=2020-01-01&to=2020-12-31")["data"] == []
    assert read(market, farmer, "statement?from=2020-01-01&to=2099-01-01T00:00:00%2B08:00")["data"] != []
    assert read(market, farmer, "statement?to=2099-01-01T00:00:00+08:00")["data"] != []


def test_a_statement_in_an_unknown_form_or_time_says_which_there_are(market: Market) -> None:
    path = "/v1/farmers/farmer-1/statement"

    pdf = problem(market.call("farmer-1", "GET", f"{path}?format=pdf"), 400, "format_unsupported")
    assert "json or csv or xlsx" in pdf["detail"]
    for wrong in ("from=yesterday", "to=2026-13-01", "from=2026-06-01T00:00:00"):
        problem(market.call("farmer-1", "GET", f"{path}?{wrong}"), 422, "request_invalid")


def test_a_sheet_starts_no_formula(market: Market) -> None:
    order_id = "=cmd|calc"
    body = {
        "version": 1,
        "buyer": {"id": "b"},
        "farmer": {"id": "farmer-1"},
        "currency": "CNY",
        "paid_at": "2026-06-01T08:00:00+08:00",
        "destination": {"province": "浙江省"},
        "lines": [{"line_id": "1", "commodity": "cherry", "quantity": 1, "paid": cny(100)}],
    }
    assert market.call("orders", "PUT", f"/v1/orders/{order_id}", body).status_code == 201

    sheet = market.call("farmer-1", "GET", "/v1/farmers/farmer-1/statement?format=csv").data.decode("utf-8-sig")

    assert next(csv.DictReader(io.StringIO(sheet)))["order_no"] == f"'{order_id}"


def test_a_farmer_without_any_money_has_a_balance_of_nothing(market: Market) -> None:
    assert read(market, "farmer-new", "balance") == {
        "farmer_id": "farmer-new",
        "balances": [{"currency": "CNY", "held": cny(0), "available": cny(0), "total": cny(0)}],
    }
    assert read(market, "farmer-new", "charges") == {"data": [], "has_more": False, "next_cursor": None}
