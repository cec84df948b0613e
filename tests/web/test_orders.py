"""Orders at the door: what is taken, what is refused with which words, and what is shown of their clocks."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.stories.market import Market, ago, cny
from tests.web.bodies import a_line, an_order
from tests.web.conftest import fields, problem


def put(market: Market, body: Any, order_id: str = "o1") -> Any:
    return market.call("orders", "PUT", f"/v1/orders/{order_id}", body)


def test_a_new_order_is_created_the_same_again_is_harmless_and_a_later_version_updates_it(market: Market) -> None:
    order = an_order()

    assert (put(market, order).status_code, put(market, order).get_json()["result"]) == (201, "same")
    assert put(market, order | {"version": 2, "status": "shipped"}).get_json() == {
        "order_id": "o1",
        "version": 2,
        "result": "updated",
    }


def test_what_an_order_may_leave_out_is_left_out(market: Market) -> None:
    least = an_order()
    for name in ("waybills", "status", "campaign"):
        del least[name]

    assert put(market, least).status_code == 201


def test_fields_that_the_order_service_adds_are_kept_in_the_snapshot(market: Market) -> None:
    put(market, an_order())

    assert market.call("orders", "GET", "/v1/orders/o1").get_json()["snapshot"]["campaign"] == "spring"


def test_an_older_version_and_a_version_with_other_content_are_conflicts(market: Market) -> None:
    order = an_order(version=5)
    put(market, order)

    problem(put(market, order | {"version": 4}), 409, "order_version_stale")
    problem(put(market, order | {"campaign": "autumn"}), 409, "order_version_reused")


def test_a_line_with_a_claim_stays_and_keeps_what_was_refunded(market: Market) -> None:
    order_id = market.order(lines=(("strawberry", 1990), ("cherry", 500)), hours=50)
    market.scans(order_id, (40, "picked_up"), (5, "delivered"))
    market.settle(market.claim(order_id))
    snapshot = market.call("orders", "GET", f"/v1/orders/{order_id}").get_json()["snapshot"] | {"version": 2}
    cheaper = snapshot | {"lines": [snapshot["lines"][0] | {"paid": cny(1)}, snapshot["lines"][1]]}

    problem(put(market, cheaper, order_id), 409, "order_below_refunded")
    problem(put(market, snapshot | {"lines": snapshot["lines"][1:]}, order_id), 409, "order_line_in_use")


@pytest.mark.parametrize(
    ("spoiled", "field"),
    [
        ({"version": True}, "version"),
        ({"version": "1"}, "version"),
        ({"version": 1.5}, "version"),
        ({"version": 2**63}, "version"),
        ({"lines": []}, "lines"),
        ({"lines": [a_line(str(n)) for n in range(201)]}, "lines"),
        ({"lines": [a_line(), a_line()]}, "lines.1.line_id"),
        ({"lines": [a_line(paid=19.9)]}, "lines.0.paid"),
        ({"lines": [a_line(paid={"amount": 19.9, "currency": "CNY"})]}, "lines.0.paid.amount"),
        ({"lines": [a_line(paid={"amount": "1990", "currency": "CNY"})]}, "lines.0.paid.amount"),
        ({"lines": [a_line(paid={"amount": True, "currency": "CNY"})]}, "lines.0.paid.amount"),
        ({"lines": [a_line(paid={"amount": -1, "currency": "CNY"})]}, "lines.0.paid.amount"),
        ({"lines": [a_line(paid={"amount": 10**30, "currency": "CNY"})]}, "lines.0.paid.amount"),
        ({"lines": [a_line(paid={"amount": 1, "currency": "USD"})]}, "lines.0.paid.currency"),
        ({"lines": [a_line(quantity=0)]}, "lines.0.quantity"),
        ({"lines": [a_line(quantity="2")]}, "lines.0.quantity"),
        ({"lines": [a_line(colour="red")]}, "lines.0.colour"),
        ({"lines": [a_line(title="nul \x00 in it")]}, "lines.0.title"),
        ({"freight": {"amount": 1, "currency": "EUR"}}, "freight.currency"),
        ({"currency": "rmb"}, "currency"),
        ({"paid_at": "2026-06-01T08:30:00"}, "paid_at"),
        ({"paid_at": "2026-06-01"}, "paid_at"),
        ({"paid_at": 1780000000}, "paid_at"),
        ({"paid_at": "2026-02-30T08:30:00Z"}, "paid_at"),
        ({"paid_at": "0001-01-01T00:00:00+23:59"}, "paid_at"),
        ({"paid_at": ago(-48)}, "paid_at"),
        ({"buyer": {"id": "b", "senior": 1}}, "buyer.senior"),
        ({"buyer": {"id": " b"}}, "buyer.id"),
        ({"buyer": "b"}, "buyer"),
        ({"destination": {"province": ""}}, "destination.province"),
        ({"status": "Out Of Stock"}, "status"),
        ({"waybills": [{"carrier": "SF", "number": "W 1"}]}, "waybills.0.number"),
        ({"waybills": [{"carrier": "SF", "number": "W1", "leg": 10}]}, "waybills.0.leg"),
        ({"waybills": [{"carrier": "SF", "number": "W1"}] * 2}, "waybills.1.number"),
        ({"waybills": None}, "waybills"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(market: Market, spoiled: dict[str, Any], field: str) -> None:
    assert field in fields(problem(put(market, an_order(**spoiled)), 422, "request_invalid"))


def test_a_missing_field_is_named_with_its_remedy(market: Market) -> None:
    order = an_order()
    del order["farmer"]

    [error] = problem(put(market, order), 422, "request_invalid")["errors"]

    assert error == {"field": "farmer", "code": "missing", "detail": "this field is required: add it"}


def test_a_naive_time_is_refused_with_the_remedy(market: Market) -> None:
    refused = problem(put(market, an_order(paid_at="2026-06-01T08:30:00")), 422, "request_invalid")

    assert "add one, such as +08:00" in refused["detail"]


def test_an_order_id_that_no_one_could_read_is_refused(market: Market) -> None:
    problem(put(market, an_order(), "x" * 129), 422, "request_invalid")
    problem(put(market, an_order(), "a%00b"), 404, "not_found")


def test_freight_is_divided_among_the_lines_to_the_last_fen(market: Market) -> None:
    put(market, an_order(lines=[a_line("1"), a_line("2"), a_line("3")], freight=cny(100)))

    rows = market.sql("SELECT freight FROM order_lines WHERE order_id = 'o1' ORDER BY line_id")

    assert [row["freight"] for row in rows] == [34, 33, 33]


def test_an_order_shows_its_clocks_and_its_way(market: Market) -> None:
    order_id = market.order(hours=70)
    market.scans(order_id, (60, "picked_up"), (2, "delivered"))

    shown = market.call("reviewer", "GET", f"/v1/orders/{order_id}").get_json()

    clocks = {clock["clock"]: clock for clock in shown["guarantees"]}
    assert clocks["ship_by"]["status"] == "met"
    assert clocks["ship_by"]["name_zh"] == "48小时发货"
    assert clocks["claim_window"]["status"] == "running"
    assert clocks["claim_window"]["line_id"] == "1"
    left = datetime.fromisoformat(clocks["claim_window"]["due_at"]) - datetime.now(UTC)
    assert clocks["claim_window"]["seconds_left"] == pytest.approx(left.total_seconds(), abs=5)
    assert [event["step"] for event in shown["tracking"]] == ["picked_up", "delivered"]


def test_a_missed_deadline_shows_as_missed_and_a_cancelled_order_has_no_clocks(market: Market) -> None:
    put(market, an_order())
    late = market.call("orders", "GET", "/v1/orders/o1").get_json()["guarantees"]
    put(market, an_order(version=2, status="cancelled", paid_at=late and snapshot_of(market)["paid_at"]))

    assert late[0]["status"] == "missed"
    assert market.call("orders", "GET", "/v1/orders/o1").get_json()["guarantees"] == []


def test_an_order_that_is_not_there_is_not_found(market: Market) -> None:
    problem(market.call("orders", "GET", "/v1/orders/none"), 404, "not_found")


def snapshot_of(market: Market) -> dict[str, Any]:
    return dict(market.call("orders", "GET", "/v1/orders/o1").get_json()["snapshot"])
