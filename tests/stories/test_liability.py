"""Who bears a loss, read off timestamps, temperatures and tolerances."""

from tests.stories.market import Market, cny


def _shares(claim: dict[str, object]) -> list[tuple[str, int]]:
    return [(share["party"], share["share_bp"]) for share in claim["liability"]]  # type: ignore[attr-defined]


def test_a_carrier_that_took_too_long_bears_the_loss(market: Market) -> None:
    order = market.order(hours=140)
    market.scans(order, (120, "picked_up"), (5, "delivered"))

    claim = market.settle(market.claim(order))

    assert _shares(claim) == [("carrier", 10_000)]
    assert "leg 1 took 115 h, promised in 72 h" in claim["liability"][0]["because"]
    assert market.balance(order)["held"] == cny(1990)


def test_a_carrier_that_reported_damage_bears_the_loss(market: Market) -> None:
    order = market.order()
    market.scans(order, (60, "picked_up"))
    market.scans(order, (30, "exception"), cause="damaged")
    market.scans(order, (5, "delivered"))

    assert _shares(market.settle(market.claim(order, "damaged"))) == [("carrier", 10_000)]


def test_a_warm_trip_is_the_carriers(market: Market) -> None:
    order = market.order(lines=(("sweet_cherry", 9900),))
    market.scans(order, (60, "picked_up"), celsius=2.0)
    market.scans(order, (40, "departed"), (20, "arrived"), celsius=15.0)
    market.scans(order, (5, "delivered"), celsius=4.0)

    claim = market.settle(market.claim(order, share_bp=8000))

    assert _shares(claim) == [("carrier", 10_000)]
    assert "up to 15 °C" in claim["liability"][0]["because"]


def test_a_slightly_warm_moment_counts_nothing(market: Market) -> None:
    order = market.order(lines=(("sweet_cherry", 9900),))
    market.scans(order, (60, "picked_up"), celsius=2.0)
    market.scans(order, (30, "departed"), celsius=9.0)
    market.scans(order, (25, "arrived"), (5, "delivered"), celsius=4.0)

    assert _shares(market.settle(market.claim(order, share_bp=8000))) == [("farmer", 10_000)]


def test_late_shipping_and_a_late_trip_are_shared_by_their_hours_and_every_unit_is_borne(market: Market) -> None:
    order = market.order(hours=180)
    market.scans(order, (120, "picked_up"), (5, "delivered"))

    claim = market.settle(market.claim(order))

    assert [party for party, _ in _shares(claim)] == ["farmer", "carrier"]
    assert sum(bp for _, bp in _shares(claim)) == 10_000
    assert sum(share["amount"]["amount"] for share in claim["liability"]) == claim["approved_amount"]["amount"]


def test_few_defects_after_an_ordinary_trip_are_the_platforms_goodwill(market: Market) -> None:
    order = market.order(lines=(("lettuce", 2990),))
    market.scans(order, (60, "picked_up"), (5, "delivered"))

    assert _shares(market.settle(market.claim(order, share_bp=1400))) == [("platform", 10_000)]


def test_one_more_percent_is_above_the_tolerance_and_the_farmers(market: Market) -> None:
    order = market.order(lines=(("lettuce", 2990),))
    market.scans(order, (60, "picked_up"), (5, "delivered"))

    assert _shares(market.settle(market.claim(order, share_bp=1500))) == [("farmer", 10_000)]


def test_a_parcel_left_at_the_station_for_days_is_partly_the_buyers(market: Market) -> None:
    order = market.order(hours=120)
    market.scans(order, (110, "picked_up"), (60, "station_drop"), (5, "delivered"))

    claim = market.settle(market.claim(order))

    assert _shares(claim) == [("buyer", 10_000)]
    assert "picked up 55 h after the drop" in claim["liability"][0]["because"]


def test_what_was_packed_wrong_is_the_farmers(market: Market) -> None:
    order = market.order()
    market.scans(order, (60, "picked_up"), (5, "delivered"))

    assert _shares(market.settle(market.claim(order, "wrong_item"))) == [("farmer", 10_000)]


def test_delay_behind_the_hub_is_the_platforms(market: Market) -> None:
    legs = [{"carrier": "SF", "number": "leg-1", "leg": 1}, {"carrier": "YTO", "number": "leg-2", "leg": 2}]
    order = market.order(hours=310, waybills=legs, destination=_far_away())
    market.scans(order, (280, "picked_up"), (230, "delivered"), number="leg-1")
    market.scans(order, (226, "picked_up"), (6, "delivered"), carrier="YTO", number="leg-2")

    claim = market.settle(market.claim(order))

    assert _shares(claim) == [("platform", 10_000)]
    assert "leg 2 took 224 h" in claim["liability"][0]["because"]


def test_what_nobody_knows_is_named_on_the_receipt(market: Market) -> None:
    order = market.order()
    market.scans(order, (60, "picked_up"), (5, "delivered"))
    claim = market.settle(market.claim(order))

    receipts = market.call("reviewer", "GET", f"/v1/claims/{claim['id']}/receipt").get_json()["receipts"]

    assert receipts[-1]["unknown"] == ["the temperature on the way: no readings"]


def test_better_knowledge_moves_the_charge_and_the_books_still_balance(market: Market) -> None:
    order = market.order()
    market.scans(order, (60, "picked_up"), (5, "delivered"))
    first = market.settle(market.claim(order))

    market.scans(order, (30, "exception"), cause="damaged")
    second = market.settle(first["id"])

    assert (_shares(first), _shares(second)) == ([("farmer", 10_000)], [("carrier", 10_000)])
    assert market.balance(order)["held"] == cny(1990)
    [charge] = market.call(f"farmer-{order}", "GET", f"/v1/farmers/farmer-{order}/charges").get_json()["data"]
    assert charge["reversed_at"] is not None
    assert market.drift() == 0


def _far_away() -> dict[str, str]:
    return {"province": "新疆维吾尔自治区", "city": "喀什地区", "district": "", "village": "某村"}
