"""A claim pack holds what loggers and providers told beside the scans, and counts what the charge counted."""

from collections.abc import Callable

import pytest
from reportlab.platypus import Paragraph

from service.carriers.signature import OWN_HEADER, own_signature
from service.web import pack_pdf
from tests.carriers.conftest import Carriers
from tests.carriers.providers import kuaidi100
from tests.stories.market import Market, ago
from tests.stories.test_recovery import recovery_of

RETURN_AIR = ((50, 12.0), (30, 12.0), (10, 4.0))
SUPPLY_AIR = ((45, 25.0), (20, 25.0))


def logger(number: str) -> bytes:
    """A file of a device that measures the air that comes in and the air that goes out."""
    rows = [f"{ago(hours)},{celsius},supply,IN-1" for hours, celsius in SUPPLY_AIR]
    rows += [f"{ago(hours)},{celsius},return,OUT-1" for hours, celsius in RETURN_AIR]
    return "\n".join(["# carrier: SF", f"# number: {number}", "time,celsius,air,device", *rows]).encode()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that is set in a PDF."""
    texts: list[str] = []
    text: Callable[..., Paragraph] = pack_pdf._text

    def heard(given: str, *how: object) -> Paragraph:
        texts.append(given)
        return text(given, *how)

    monkeypatch.setattr(pack_pdf, "_text", heard)
    return texts


def test_a_pack_shows_a_logger_s_readings_and_codes_that_nobody_knows(
    carriers: Carriers, market: Market, said: list[str]
) -> None:
    order_id = market.order(lines=(("sweet_cherry", 9900),))
    market.scans(order_id, (60, "picked_up"), (40, "departed"), (20, "arrived"), (5, "delivered"))
    carriers.told("kuaidi100", kuaidi100(f"W-{order_id}", (30, "9999", "神秘状态")))
    body = logger(f"W-{order_id}")
    carriers.open("logger")
    carriers.push("logger", body, **{OWN_HEADER: own_signature("a secret", body)})
    claim = market.settle(market.claim(order_id, share_bp=8000))
    address = f"/v1/recoveries/{recovery_of(market, claim)['id']}/pack"

    pack = market.call("operator", "GET", address).get_json()
    pdf = market.call("operator", "GET", f"{address}?format=pdf")

    assert [scan["step"] for scan in pack["timeline"]] == ["picked_up", "departed", None, "arrived", "delivered"]
    [leg] = pack["legs"]
    assert (leg["peak_celsius"], leg["minutes_above"]) == (12.0, 40 * 60)
    assert "up to 12 °C" in pack["charge"]["because"]
    devices = {(reading["air"], reading["device"]) for reading in leg["temperatures"]}
    assert devices == {("supply", "IN-1"), ("return", "OUT-1")}
    assert [said.count(device) for device in ("IN-1", "OUT-1")] == [len(SUPPLY_AIR), len(RETURN_AIR)]
    assert (pdf.status_code, pdf.content_type) == (200, "application/pdf")
