"""Recoveries at the HTTP door, and packs that show whatever a carrier, a farmer or a photo brings."""

from typing import Any

import pytest

from service.store.audit import broken_promises
from service.web.pack_font import UNKNOWN, readable
from service.web.pack_pdf import MOST_SCANS, pack_pdf
from tests.stories.market import Market, ago, cny
from tests.stories.test_recovery import COUPON, owed_by_carrier, recovery_of, warm_cherries
from tests.web.conftest import fields, problem

Json = dict[str, Any]


def pursue(market: Market, recovery_id: str, step: str, body: Json, **headers: str) -> Any:
    return market.call("operator", "POST", f"/v1/recoveries/{recovery_id}/{step}", body, **headers)


def test_a_step_is_taken_once_under_its_key(market: Market) -> None:
    claim = warm_cherries(market)
    recovery = recovery_of(market, claim)
    paid = {"amount": cny(900), "reference": "bank 7"}

    first = pursue(market, recovery["id"], "recover", paid, Idempotency_Key="k1")
    again = pursue(market, recovery["id"], "recover", paid, Idempotency_Key="k1")

    assert first.get_json()["recovered"] == cny(900)
    assert (again.data, again.headers["Idempotent-Replayed"]) == (first.data, "true")
    assert owed_by_carrier(market) == 9000 + COUPON


def test_a_part_paid_before_filing_leaves_the_rest_to_be_filed_in_time(market: Market) -> None:
    claim = warm_cherries(market)
    recovery_id = recovery_of(market, claim)["id"]
    market.sql("UPDATE recoveries SET filing_due_at = now() - interval '1 hour'")
    market.sql("UPDATE work SET due_at = now() WHERE kind = 'remind_filing'")
    market.work()

    part = pursue(market, recovery_id, "recover", {"amount": cny(4000), "reference": "bank 1"}).get_json()
    with market.parts.db.autocommit() as conn:
        forgotten = [found for found in broken_promises(conn) if "recover" in found["promise"]]
    filed = pursue(market, recovery_id, "file", {"reference": "SF-1"}).get_json()
    rest = pursue(market, recovery_id, "recover", {"reference": "bank 2"}).get_json()

    assert (part["status"], part["status_detail"], part["overdue"]) == ("due", "filing_overdue", True)
    assert (part["outstanding"], part["available_steps"]) == (cny(5900), ["file", "recover", "write-off"])
    assert forgotten == []
    assert (filed["status"], rest["status"], rest["recovered"]) == ("filed", "recovered", cny(9900))


def test_every_refusal_says_what_to_do(market: Market) -> None:
    claim = warm_cherries(market)
    recovery_id = recovery_of(market, claim)["id"]

    stale = pursue(market, recovery_id, "file", {"reference": "R"}, If_Match='"7"')
    assert "version 1, not 7" in problem(stale, 412, "version_stale")["detail"]
    problem(pursue(market, recovery_id, "file", {"reference": "R"}, If_Match="yes"), 412, "version_stale")
    too_soon = pursue(market, recovery_id, "refuse", {"reason": "no"})
    assert "open to it is file, recover, write-off" in problem(too_soon, 409, "step_not_available")["detail"]
    much = pursue(market, recovery_id, "recover", {"amount": cny(9901), "reference": "R"})
    assert fields(problem(much, 422, "amount_above_outstanding")) == ["amount"]
    assert fields(problem(pursue(market, recovery_id, "write-off", {}), 422, "request_invalid")) == ["reason"]
    problem(pursue(market, "rcv_none", "file", {"reference": "R"}), 404, "recovery_unknown")
    problem(market.call("operator", "GET", "/v1/recoveries/rcv_none"), 404, "not_found")
    problem(market.call("operator", "GET", "/v1/recoveries/rcv_none/pack"), 404, "not_found")
    unknown = market.call("operator", "GET", f"/v1/recoveries/{recovery_id}/pack?format=docx")
    assert fields(problem(unknown, 400, "format_unsupported")) == ["format"]
    assert owed_by_carrier(market) == 9900 + COUPON


def test_what_is_overdue_is_listed_and_aged(market: Market) -> None:
    claim = warm_cherries(market)
    assert market.call("reviewer", "GET", "/v1/recoveries?overdue=true").get_json()["data"] == []
    market.sql("UPDATE recoveries SET filing_due_at = now() - interval '1 hour'")

    overdue = recovery_of(market, claim, overdue="true")
    [aged] = market.call("reviewer", "GET", "/v1/recoveries/ageing").get_json()["data"]

    assert overdue["overdue"] is True
    assert (aged["carrier"], aged["overdue"], aged["overdue_amount"]) == ("SF", 2, cny(9900 + COUPON))
    assert (aged["days_0_29"], aged["days_90_up"]) == (cny(9900 + COUPON), cny(0))
    assert aged["next_filing_due_at"] == overdue["filing_due_at"]


def test_an_etag_is_the_version(market: Market) -> None:
    claim = warm_cherries(market)
    recovery_id = recovery_of(market, claim)["id"]

    shown = market.call("operator", "GET", f"/v1/recoveries/{recovery_id}")
    filed = pursue(market, recovery_id, "file", {"reference": "R"}, If_Match=shown.headers["ETag"])

    assert (shown.headers["ETag"], filed.headers["ETag"]) == ('"1"', '"2"')


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("app", "GET", "/v1/recoveries"),
        ("orders", "GET", "/v1/recoveries/ageing"),
        ("farmer-1", "GET", "/v1/recoveries/r/pack"),
        ("reviewer", "POST", "/v1/recoveries/r/file"),
        ("reviewer", "POST", "/v1/recoveries/r/write-off"),
        ("app", "POST", "/v1/recoveries/r/recover"),
    ],
)
def test_a_role_keeps_to_its_own_calls(market: Market, role: str, method: str, path: str) -> None:
    problem(market.call(role, method, path, {}), 403, "scope_missing")


def a_pack(**changes: Any) -> Json:
    """A pack whose every text comes from somebody else."""
    hostile = "<b>&amp; 㐂𠮷 ‮ \x00 ℃ " + "很长" * 400
    scan: Json = {"at": ago(5), "number": "W1", "step": "teleported", "cause": "meteor", "place": hostile, "celsius": 1}
    return {
        "recovery_id": "rcv_1",
        "carrier": hostile,
        "made_at": ago(0),
        "amount": cny(1),
        "outstanding": cny(1),
        "filing_due_at": None,
        "reference": None,
        "claim": {
            "number": "1",
            "cause": "lost",
            "asked_bp": 10000,
            "guarantee_zh": None,
            "granted": cny(1),
            "arithmetic": [],
        },
        "order": {"id": hostile, "paid_at": ago(9), "destination": ""},
        "goods": [
            {"title": hostile, "commodity": "x", "commodity_zh": None, "quantity": 1, "unit": "盒", "paid": cny(1)}
        ],
        "waybills": [],
        "charge": {"share_bp": 1, "because": hostile, "shares": [], "unknown": []},
        "legs": [],
        "timeline": [scan | {"raw_code": None, "raw_text": hostile}] * (MOST_SCANS + 5),
        "photos": [{"id": "evd_1", "kind": "goods", "sha256": "0" * 64, "received_at": ago(1)}] * 30,
        "policy_version": "2026-11-01",
    } | changes


def test_a_pdf_is_made_of_whatever_others_wrote_and_stays_small() -> None:
    made = pack_pdf(a_pack(), {})

    assert made.startswith(b"%PDF-")
    assert len(made) < 1_000_000


def test_the_same_pack_is_the_same_pdf() -> None:
    pack = a_pack()

    assert pack_pdf(pack, {}) == pack_pdf(pack, {})


def test_a_character_that_the_font_lacks_is_shown_as_lacking() -> None:
    assert readable("张家果园 15℃ 𠮷") == f"张家果园 15°C {UNKNOWN}"
