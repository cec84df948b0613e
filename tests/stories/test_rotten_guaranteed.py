"""坏了包赔, from the photo to the paid buyer and the charged party."""

from tests.stories.market import Market, cny


def test_half_rotten_is_refunded_in_full_and_the_farmer_bears_it(market: Market) -> None:
    order = market.order(freight=cny(300))
    market.scans(order, (60, "picked_up"), (5, "delivered"))

    claim = market.settle(market.claim(order, share_bp=5000))

    assert claim["status"] == "approved"
    assert claim["refund_status"] == "succeeded"
    assert claim["approved_amount"] == cny(2290)
    [share] = claim["liability"]
    assert (share["party"], share["share_bp"], share["amount"]) == ("farmer", 10_000, cny(2290))
    assert "50 % defects" in share["because"]
    assert market.balance(order)["held"] == cny(0)
    assert market.drift() == 0


def test_a_tenth_rotten_is_refunded_in_part_with_its_part_of_the_freight(market: Market) -> None:
    order = market.order(freight=cny(300))
    market.scans(order, (60, "picked_up"), (5, "delivered"))

    claim = market.settle(market.claim(order, share_bp=1000))

    assert claim["status"] == "approved_partial"
    assert claim["approved_amount"] == cny(199 + 30)
    assert claim["liability"][0]["party"] == "platform"
    assert "within tolerance" in claim["liability"][0]["because"]


def test_a_claim_after_the_window_is_refused_and_the_receipt_says_why(market: Market) -> None:
    order = market.order(hours=100)
    market.scans(order, (90, "picked_up"), (30, "delivered"))

    claim_id = market.claim(order)
    claim = market.settle(claim_id)

    assert (claim["status"], claim["refund_status"]) == ("rejected", "none")
    [receipt] = market.call("app", "GET", f"/v1/claims/{claim_id}/receipt").get_json()["receipts"]
    [why] = [f["because"] for f in receipt["findings"] if f["verdict"] == "refuse"]
    assert why.startswith("claimed 30 h")
    assert why.endswith("after delivery; the window is 24 h")


def test_two_causes_on_one_line_never_take_more_than_was_paid(market: Market) -> None:
    order = market.order()
    market.scans(order, (60, "picked_up"), (5, "delivered"))

    first = market.settle(market.claim(order, "rotten", share_bp=3000))
    second = market.settle(market.claim(order, "damaged", share_bp=10_000))

    assert first["approved_amount"]["amount"] == 597
    assert second["approved_amount"]["amount"] == 1990 - 597
    assert market.sql("SELECT refunded FROM order_lines WHERE order_id = %s", order) == [{"refunded": 1990}]


def test_without_a_photo_the_buyer_is_asked_and_the_photo_settles_it(market: Market) -> None:
    order = market.order()
    market.scans(order, (60, "picked_up"), (5, "delivered"))

    claim_id = market.claim(order, evidence=[])
    asked = market.settle(claim_id)
    market.act("app", claim_id, "evidence", evidence=[market.photo("rotten-oranges-1.png")])
    claim = market.settle(claim_id)

    assert (asked["status"], asked["waiting_on"]) == ("needs_action", "buyer")
    assert claim["status"] == "approved"


def test_a_claim_before_the_delivery_scan_is_decided_when_the_scan_comes_in(market: Market) -> None:
    order = market.order()
    market.scans(order, (60, "picked_up"))
    claim_id = market.claim(order)
    unknown = market.settle(claim_id)

    market.scans(order, (1, "delivered"))
    claim = market.settle(claim_id)

    assert (unknown["status"], unknown["waiting_on"]) == ("in_review", "platform")
    assert claim["status"] == "approved"


def test_an_older_buyer_has_a_longer_window(market: Market) -> None:
    order = market.order(hours=100, buyer={"id": "buyer-old", "senior": True})
    market.scans(order, (90, "picked_up"), (30, "delivered"))

    claim = market.settle(market.claim(order))

    assert claim["status"] == "approved"


def test_an_event_that_came_before_its_order_counts(market: Market) -> None:
    market.scans("unborn", (60, "picked_up"), (5, "delivered"), number="W-early")
    order = market.order(waybills=[{"carrier": "SF", "number": "W-early", "leg": 1}])

    claim = market.settle(market.claim(order))

    assert claim["status"] == "approved"


def test_an_iphone_photo_in_heic_is_read_and_shown_as_jpeg_without_its_place(market: Market) -> None:
    order = market.order(hours=24 * 365 * 20)
    market.scans(order, (60, "picked_up"), (5, "delivered"))

    photo = market.photo("camera-IMG_5195.heic")
    market.work()
    shown = market.call("app", "GET", f"/v1/evidence/{photo}/photo")

    assert shown.mimetype == "image/jpeg"
    assert b"Exif" not in shown.data
