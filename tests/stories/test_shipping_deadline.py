"""48小时发货: a missed deadline is compensated without asking."""

from tests.stories.market import Market, ago, cny


def test_a_missed_deadline_is_found_and_compensated_without_a_claim(market: Market) -> None:
    order = market.order(hours=49)

    market.work()
    claim = market.only_claim_of(order)

    assert (claim["opened_by"], claim["resolution"]) == ("system", "compensation")
    assert (claim["status"], claim["refund_status"], claim["approved_amount"]) == ("approved", "succeeded", cny(300))
    assert claim["liability"][0]["party"] == "farmer"


def test_a_deadline_missed_severely_costs_a_tenth_of_the_order(market: Market) -> None:
    order = market.order(hours=80, lines=(("strawberry", 20_000),))

    market.work()

    assert market.only_claim_of(order)["approved_amount"] == cny(2000)


def test_a_large_order_gets_one_percent(market: Market) -> None:
    order = market.order(hours=50, lines=(("durian", 50_000),))

    market.work()

    assert market.only_claim_of(order)["approved_amount"] == cny(500)


def test_a_compensation_grows_when_lateness_turns_severe(market: Market) -> None:
    order = market.order(hours=71.9995)
    market.work()
    flat = market.only_claim_of(order)

    market.sql("UPDATE orders SET paid_at = paid_at - interval '1 hour' WHERE order_id = %s", order)
    market.sql("UPDATE work SET due_at = now() WHERE kind = 'check_shipping'")
    market.work()
    severe = market.only_claim_of(order)

    assert (flat["approved_amount"], severe["approved_amount"]) == (cny(300), cny(500))
    refunds = market.sql("SELECT amount FROM refunds WHERE order_id = %s ORDER BY refund_id", order)
    assert [row["amount"] for row in refunds] == [300, 200]
    assert market.drift() == 0


def test_a_buyers_claim_for_a_missed_deadline_is_granted_once(market: Market) -> None:
    order = market.order(hours=40, ship_by=None)
    market.sql("DELETE FROM work WHERE kind = 'check_shipping'")
    market.sql("UPDATE orders SET paid_at = now() - interval '50 hours' WHERE order_id = %s", order)

    claim = market.settle(market.claim(order, "not_shipped", evidence=[], requested_resolution="compensation"))
    market.sql("INSERT INTO work (kind, subject_id) VALUES ('check_shipping', %s)", order)
    market.work()

    assert (claim["status"], claim["approved_amount"]) == ("approved", cny(300))
    granted = market.sql("SELECT sum(amount) AS granted FROM refunds WHERE order_id = %s", order)
    assert granted == [{"granted": 300}]


def test_a_parcel_scanned_in_time_is_not_compensated(market: Market) -> None:
    order = market.order(hours=60)
    market.scans(order, (30, "picked_up"), (20, "departed"))

    market.work()

    assert market.call("reviewer", "GET", f"/v1/claims?order_id={order}").get_json()["data"] == []
    claim = market.settle(market.claim(order, "late", evidence=[], requested_resolution="compensation"))
    assert (claim["status"], claim["status_detail"]) == ("rejected", "deadline_missed")


def test_a_scan_that_comes_in_late_but_happened_in_time_frees_the_farmer_and_the_buyer_keeps_the_money(
    market: Market,
) -> None:
    order = market.order(hours=50)
    market.work()

    market.scans(order, (30, "picked_up"), (20, "departed"))
    market.work()
    claim = market.only_claim_of(order)

    assert claim["approved_amount"] == cny(300)
    assert claim["liability"][0]["party"] == "platform"
    assert market.balance(order)["held"] == cny(1990)
    assert market.drift() == 0


def test_an_order_out_of_stock_is_compensated_at_once(market: Market) -> None:
    order = market.order(hours=5, status="out_of_stock", waybills=[])

    market.work()

    assert market.only_claim_of(order)["approved_amount"] == cny(500)


def test_a_presale_is_late_only_after_its_date(market: Market) -> None:
    order = market.order(hours=100, presale=True, ship_by=_in_hours(24))

    market.work()

    assert market.call("reviewer", "GET", f"/v1/claims?order_id={order}").get_json()["data"] == []


def _in_hours(hours: float) -> str:
    return ago(-hours)


def test_a_person_who_just_approves_a_compensation_grants_what_the_policy_says(market: Market) -> None:
    order = market.order(hours=60, lines=(("durian", 29_000),))
    market.scans(order, (30, "picked_up"), (20, "departed"))
    market.work()
    claim_id = market.claim(order, "late", evidence=[], requested_resolution="compensation")
    market.work()

    market.act("app", claim_id, "escalate", reason="说好次日发货")
    market.act("reviewer", claim_id, "approve", reason="酌情")

    assert market.settle(claim_id)["approved_amount"] == cny(300)


def test_an_order_compensated_by_itself_is_not_compensated_again_by_a_person(market: Market) -> None:
    order = market.order(hours=50)
    market.work()
    claim_id = market.claim(order, "late", evidence=[], requested_resolution="compensation")
    market.work()
    market.act("app", claim_id, "escalate", reason="我也要")

    answer = market.call("reviewer", "POST", f"/v1/claims/{claim_id}/approve", {"reason": "酌情"})

    assert (answer.status_code, answer.get_json()["code"]) == (409, "already_compensated")
    assert market.sql("SELECT sum(amount) AS paid FROM refunds WHERE order_id = %s", order) == [{"paid": 300}]


def test_tracking_right_behind_a_late_order_is_heard_before_the_deadline_acts(market: Market) -> None:
    order = market.order(hours=72)

    [check] = market.sql(
        "SELECT due_at > now() AS later FROM work WHERE kind = 'check_shipping' AND subject_id = %s", order
    )

    assert check["later"]
