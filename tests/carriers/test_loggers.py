"""Loggers in one parcel are heard through the door, and the warmest of them counts."""

from service.carriers.signature import own_signature
from tests.carriers.conftest import Carriers
from tests.carriers.providers import local
from tests.stories.market import Market

HOUR_US = 3_600_000_000
KEY = "the-key-of-the-loggers"


def test_of_two_loggers_in_one_parcel_the_warmer_one_decides_who_bears_the_loss(
    carriers: Carriers, market: Market
) -> None:
    order_id = market.order(lines=(("sweet_cherry", 1_990),), waybills=[{"carrier": "SF", "number": "SF1"}])
    market.scans(order_id, (60, "picked_up"), (10, "delivered"), number="SF1")
    warm, cold = [(50, 10, "WARM"), (30, 2, "WARM")], [(hours, 2, "COLD") for hours in range(50, 29, -1)]
    logged(carriers, *warm, *cold)

    claim = market.settle(market.claim(order_id))
    [share] = claim["liability"]

    assert (share["party"], share["because"]) == ("carrier", "leg 1 warm: up to 10 °C, 8 °C promised, 20 h above it")
    receipts = market.call("reviewer", "GET", f"/v1/claims/{claim['id']}/receipt").get_json()["receipts"]
    for receipt in receipts:
        [leg] = receipt["facts"]["parcel"]["legs"]
        assert leg["readings"] == []
        assert leg["held"] == [
            {"celsius": 2.0, "device": "COLD", "lasted_us": 20 * HOUR_US},
            {"celsius": 2.0, "device": "WARM", "lasted_us": 0},
            {"celsius": 10.0, "device": "WARM", "lasted_us": 20 * HOUR_US},
        ]


def test_each_reading_on_an_orders_timeline_names_its_device(carriers: Carriers, market: Market) -> None:
    order_id = market.order(waybills=[{"carrier": "SF", "number": "SF1"}])
    logged(carriers, (50, 3, "A"), (50, 3, "B"), (40, 4, "A"))

    told = [(event["device"], event["celsius"]) for event in carriers.order(order_id)["tracking"]]

    assert sorted(told) == [("A", 3), ("A", 4), ("B", 3)]


def logged(carriers: Carriers, *readings: tuple[float, float, str]) -> None:
    """Push a file of readings of SF1: hours ago, °C, device."""
    carriers.open("logger", secret=KEY)
    rows = [f"{local(hours)},{celsius},{device}" for hours, celsius, device in readings]
    body = "\n".join(["# carrier: SF", "# number: SF1", "time,celsius,device", *rows]).encode()
    answer = carriers.push("logger", body, **{"makegood-signature": own_signature(KEY, body)})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    carriers.market.work()
