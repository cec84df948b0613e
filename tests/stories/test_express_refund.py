"""极速退款: money back before anyone argues."""

from tests.stories.market import Market, cny


def test_not_shipped_and_asked_within_six_hours_is_refunded_at_once(market: Market) -> None:
    order = market.order(hours=2, freight=cny(500), waybills=[])

    claim = market.settle(market.claim(order, "not_shipped", evidence=[]))

    assert (claim["status"], claim["approved_amount"]) == ("approved", cny(2490))
    assert claim["liability"][0]["party"] == "farmer"
    assert market.balance(order)["total"] == cny(0)


def test_not_shipped_but_asked_later_is_for_the_farmer_who_agrees(market: Market) -> None:
    order = market.order(hours=10, waybills=[])
    claim_id = market.claim(order, "not_shipped", evidence=[])

    asked = market.settle(claim_id)
    market.act(f"farmer-{order}", claim_id, "respond", answer="agree")
    claim = market.settle(claim_id)

    assert (asked["status"], asked["waiting_on"]) == ("needs_action", "farmer")
    assert {"action": "respond", "by": "farmer", "due_at": asked["response_due_at"]} in asked["available_actions"]
    assert (claim["status"], claim["refund_status"]) == ("approved", "succeeded")


def test_a_shipped_parcel_is_no_express_refund_and_the_receipt_names_the_scan(market: Market) -> None:
    order = market.order(hours=10)
    market.scans(order, (4, "picked_up"))

    claim = market.settle(market.claim(order, "not_shipped", evidence=[]))

    assert (claim["status"], claim["status_detail"]) == ("rejected", "undelivered")


def test_a_label_alone_is_not_shipped(market: Market) -> None:
    order = market.order(hours=5)
    market.scans(order, (4, "label_created"))

    claim = market.settle(market.claim(order, "not_shipped", evidence=[]))

    assert claim["status"] == "approved"


def test_who_refuses_unopened_goods_cannot_blame_the_farmer_for_what_is_inside(market: Market) -> None:
    order = market.order(hours=80)
    market.scans(order, (60, "picked_up"))
    market.scans(order, (10, "exception"), cause="refused")

    claim = market.settle(market.claim(order, "not_as_described", evidence=[]))

    assert (claim["status"], claim["liability"][0]["party"]) == ("approved", "buyer")


def test_a_refused_parcel_with_nothing_wrong_is_the_buyers_doing(market: Market) -> None:
    order = market.order(hours=80)
    market.scans(order, (60, "picked_up"))
    market.scans(order, (10, "exception"), cause="refused")

    claim = market.settle(market.claim(order, "late", evidence=[]))

    assert (claim["status"], claim["liability"][0]["party"]) == ("approved", "buyer")
    assert market.balance(order)["total"] == cny(1990)


def test_a_returned_parcel_is_refunded(market: Market) -> None:
    order = market.order(hours=80)
    market.scans(order, (60, "picked_up"), (20, "returning"), (2, "returned"))

    assert market.settle(market.claim(order, "lost", evidence=[]))["status"] == "approved"


def test_three_days_without_a_scan_are_a_loss_of_the_carrier(market: Market) -> None:
    order = market.order(hours=150)
    market.scans(order, (120, "picked_up"), (80, "departed"))

    claim = market.settle(market.claim(order, "lost", evidence=[]))

    assert (claim["status"], claim["liability"][0]["party"]) == ("approved", "carrier")
    assert claim["liability"][0]["party_id"] == "SF"
    assert market.balance(order)["held"] == cny(1990)


def test_a_third_express_refund_in_a_day_passes_and_a_fourth_is_for_a_person(market: Market) -> None:
    buyer = {"id": "buyer-in-a-hurry", "senior": False}
    orders = [market.order(hours=2, buyer=buyer, waybills=[]) for _ in range(4)]

    claims = [market.settle(market.claim(order, "not_shipped", evidence=[])) for order in orders]

    assert [claim["status"] for claim in claims] == ["approved", "approved", "approved", "in_review"]
