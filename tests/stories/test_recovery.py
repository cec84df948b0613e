"""A carrier let cherries warm up: it is charged, gets its claim pack, and the money is followed to the ledger."""

from typing import Any

from tests.stories.market import Market, cny

Json = dict[str, Any]

COUPON = 1000


def warm_cherries(market: Market) -> Json:
    """Claim cherries that a carrier warmed, and return the claim as it was settled.

    The service finds the warmth as well: a coupon of 10.00 CNY, which the same carrier bears.
    """
    order = market.order(lines=(("sweet_cherry", 9900),))
    market.scans(order, (60, "picked_up"), celsius=2.0, place="烟台")
    market.scans(order, (40, "departed"), (20, "arrived"), celsius=15.0, raw_text="车厢温度异常 15℃")
    market.scans(order, (5, "delivered"), celsius=4.0)
    return market.settle(market.claim(order, share_bp=8000))


def recovery_of(market: Market, claim: Json, **wanted: str) -> Json:
    """Return the one recovery of a claim."""
    wanted["claim_id"] = claim["id"]
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    [recovery] = market.call("operator", "GET", f"/v1/recoveries?{query}").get_json()["data"]
    return dict(recovery)


def pursue(market: Market, recovery: Json, step: str, **body: Any) -> Json:
    """Take a step at the version that was seen."""
    answer = market.call(
        "operator", "POST", f"/v1/recoveries/{recovery['id']}/{step}", body, If_Match=f'"{recovery["version"]}"'
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return dict(answer.get_json())


def owed_by_carrier(market: Market) -> int:
    [row] = market.sql("SELECT coalesce(sum(amount), 0)::bigint AS owed FROM entries WHERE account = 'carrier:SF'")
    return -int(row["owed"])


def test_warm_cherries_are_charged_packed_filed_and_recovered_in_two_parts(market: Market) -> None:
    claim = warm_cherries(market)

    due = recovery_of(market, claim, carrier="SF", status="due")
    assert (due["amount"], due["outstanding"]) == (cny(9900), cny(9900))
    assert due["available_steps"] == ["file", "recover", "write-off"]
    assert due["filing_due_at"] is not None
    assert owed_by_carrier(market) == 9900 + COUPON

    filed = pursue(market, due, "file", reference="SF-理赔-1")
    part = pursue(market, filed, "recover", amount=cny(4000), reference="bank 1")
    whole = pursue(market, part, "recover", reference="bank 2")

    assert [step["status"] for step in (filed, part, whole)] == ["filed", "partly_recovered", "recovered"]
    assert (part["outstanding"], whole["outstanding"]) == (cny(5900), cny(0))
    assert (part["because"], whole["because"]) == ("came in under bank 1", "came in under bank 2")
    assert {step["reference"] for step in (filed, part, whole)} == {"SF-理赔-1"}
    assert whole["available_steps"] == []
    assert owed_by_carrier(market) == COUPON
    assert market.drift() == 0
    assert market.read(claim["id"])["liability"] == claim["liability"]


def test_the_pack_tells_the_carrier_all_it_needs_and_nothing_of_the_buyer(market: Market) -> None:
    claim = warm_cherries(market)
    recovery = recovery_of(market, claim)

    pack = market.call("operator", "GET", f"/v1/recoveries/{recovery['id']}/pack").get_json()

    assert (pack["carrier"], pack["amount"], pack["filing_due_at"]) == ("SF", cny(9900), recovery["filing_due_at"])
    assert pack["charge"]["because"] == claim["liability"][0]["because"]
    assert [scan["step"] for scan in pack["timeline"]] == ["picked_up", "departed", "arrived", "delivered"]
    assert [reading["celsius"] for reading in pack["legs"][0]["temperatures"]] == [2.0, 15.0, 15.0, 4.0]
    assert (pack["legs"][0]["peak_celsius"], pack["legs"][0]["warm_above_celsius"]) == (15.0, 8)
    assert [photo["id"] for photo in pack["photos"]] == claim["evidence"]
    assert "buyer-" not in str(pack)


def test_the_pack_is_a_pdf_with_its_font_and_its_photos_in_it(market: Market) -> None:
    claim = warm_cherries(market)
    recovery = recovery_of(market, claim)

    answer = market.call("operator", "GET", f"/v1/recoveries/{recovery['id']}/pack?format=pdf")

    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF-")
    assert b"/FontFile2" in answer.data
    assert b"/DCTDecode" in answer.data
    assert recovery["id"] in answer.headers["Content-Disposition"]
