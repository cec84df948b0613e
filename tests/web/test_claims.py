"""Claims at the door: opened, shown, listed."""

import json
from io import BytesIO
from typing import Any

import pytest

from schemas.claims import ClaimShown
from tests.builders import photo_bytes
from tests.stories.market import Market, cny
from tests.web.bodies import a_claim
from tests.web.conftest import Send, fields, problem


def post(market: Market, body: Any, **headers: str) -> Any:
    return market.call("app", "POST", "/v1/claims", body, **headers)


def test_a_claim_is_answered_whole_with_its_address_and_version(market: Market) -> None:
    order_id = market.order()
    photo = market.photo()

    opened = post(market, a_claim(order_id, evidence=[photo], note="有一半烂了"))

    claim = opened.get_json()
    assert opened.status_code == 201
    assert (opened.headers["Location"], opened.headers["ETag"]) == (f"/v1/claims/{claim['id']}", '"1"')
    assert claim.keys() == ClaimShown().fields.keys()
    assert (claim["status"], claim["affected"], claim["evidence"]) == ("submitted", {"share_bp": 5000}, [photo])
    assert (claim["requested_amount"], claim["approved_amount"]) == (cny(995), None)
    assert claim == market.call("app", "GET", f"/v1/claims/{claim['id']}").get_json()


def test_a_decided_claim_shows_money_liability_and_receipt(market: Market) -> None:
    order_id = market.order(hours=50)
    market.scans(order_id, (40, "picked_up"), (5, "delivered"))

    claim = market.settle(market.claim(order_id))

    assert (claim["status"], claim["approved_amount"], claim["refund_status"]) == ("approved", cny(1990), "succeeded")
    assert claim["guarantee_zh"] == "坏了包赔"
    assert sum(share["amount"]["amount"] for share in claim["liability"]) == 1990
    assert claim.keys() == ClaimShown().fields.keys()
    receipt = market.call("app", "GET", f"/v1/claims/{claim['id']}/receipt").get_json()
    decision, attribution = receipt["receipts"]
    assert (decision["kind"], attribution["kind"]) == ("decision", "attribution")
    assert [decision["decision_id"]] == claim["decisions"]
    assert (
        decision["policy"]["version"]
        == market.call("orders", "GET", f"/v1/orders/{claim['order_id']}").get_json()["policy_version"]
    )
    assert decision["findings"]
    assert decision["facts"]["claim"]["claim_id"] == claim["id"]
    assert attribution["liability"] == claim["liability"]


def test_an_unchanged_claim_is_not_sent_again(market: Market) -> None:
    claim_id = market.claim(market.order())
    path = f"/v1/claims/{claim_id}"

    assert market.call("app", "GET", path, If_None_Match='"1"').status_code == 304
    assert market.call("app", "GET", path, If_None_Match='W/"1"').data == b""
    assert market.call("app", "GET", path, If_None_Match='"2"').status_code == 200


@pytest.mark.parametrize(
    ("spoiled", "field"),
    [
        ({"line_id": None}, "line_id"),
        ({"affected": None}, "affected"),
        ({"affected": {}}, "affected"),
        ({"affected": {"quantity": 1, "share_bp": 1}}, "affected"),
        ({"affected": {"quantity": 0}}, "affected.quantity"),
        ({"affected": {"quantity": True}}, "affected.quantity"),
        ({"affected": {"share_bp": 0}}, "affected.share_bp"),
        ({"affected": {"share_bp": 10001}}, "affected.share_bp"),
        ({"affected": {"share_bp": 5000.0}}, "affected.share_bp"),
        ({"affected": {"weight": 3}}, "affected.weight"),
        ({"cause": "ugly"}, "cause"),
        ({"cause": ["rotten"]}, "cause"),
        ({"requested_resolution": "revenge"}, "requested_resolution"),
        ({"note": "x" * 2001}, "note"),
        ({"note": "\x00"}, "note"),
        ({"evidence": ["a", "a"]}, "evidence"),
        ({"evidence": [f"evd_{n}" for n in range(10)]}, "evidence"),
        ({"evidence": "evd_1"}, "evidence"),
        ({"amount": 100}, "amount"),
        ({"order_id": 7}, "order_id"),
        ({"cause": "late", "line_id": None, "affected": {"quantity": 1}}, "affected.quantity"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(market: Market, spoiled: dict[str, Any], field: str) -> None:
    assert field in fields(problem(post(market, a_claim("any", **spoiled)), 422, "request_invalid"))


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"order_id": "none"}, 404, "order_unknown"),
        ({"line_id": "99"}, 422, "line_unknown"),
        ({"affected": {"quantity": 5.5}}, 422, "quantity_too_large"),
        ({"evidence": ["evd_none"]}, 422, "evidence_unknown"),
    ],
)
def test_what_is_not_there_is_refused_by_its_code(
    market: Market, asked: dict[str, Any], status: int, code: str
) -> None:
    problem(post(market, a_claim(market.order(), **asked)), status, code)


def test_a_second_claim_for_the_same_names_the_first(market: Market) -> None:
    order_id = market.order()
    first = market.claim(order_id)

    assert first in problem(post(market, a_claim(order_id)), 409, "claim_exists")["detail"]


def test_what_never_came_needs_no_line_and_no_share(market: Market) -> None:
    body = a_claim(market.order(), cause="not_shipped")
    del body["line_id"], body["affected"], body["evidence"]

    claim = post(market, body).get_json()

    assert (claim["line_id"], claim["affected"], claim["requested_amount"]) == (None, {"share_bp": 10000}, cny(1990))


def test_a_quantity_claims_its_part_of_the_line(market: Market) -> None:
    claim = post(market, a_claim(market.order(), affected={"quantity": 2})).get_json()

    assert (claim["affected"], claim["requested_amount"]) == ({"quantity": 2.0}, cny(796))


def test_a_form_brings_claim_and_photos_at_once_and_again_without_keeping_them_twice(
    market: Market, send: Send
) -> None:
    order_id = market.order()

    def sent() -> Any:
        photos = [(BytesIO(photo_bytes(n)), f"{n}.jpg") for n in (1, 200)]
        body = {"claim": json.dumps(a_claim(order_id)), "evidence": photos}
        return send("app", "POST", "/v1/claims", body, Content_Type="multipart/form-data", Idempotency_Key="form")

    first, again = sent(), sent()

    assert first.status_code == 201, first.get_json()
    assert len(first.get_json()["evidence"]) == 2
    assert again.get_json() == first.get_json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert market.sql("SELECT count(*) AS photos FROM evidence") == [{"photos": 2}]


def test_a_form_whose_claim_is_a_json_file_is_taken_too(market: Market, send: Send) -> None:
    claim = (BytesIO(json.dumps(a_claim(market.order())).encode()), "claim.json", "application/json")

    assert send("app", "POST", "/v1/claims", {"claim": claim}, Content_Type="multipart/form-data").status_code == 201


def test_a_form_without_its_claim_with_no_photo_or_with_ten_is_refused(market: Market, send: Send) -> None:
    claim = json.dumps(a_claim(market.order()))
    ten = [(BytesIO(photo_bytes(n)), "p.jpg") for n in range(10)]
    form = {"Content_Type": "multipart/form-data"}

    assert fields(problem(send("app", "POST", "/v1/claims", {"x": "y"}, **form), 422, "request_invalid")) == ["claim"]
    problem(send("app", "POST", "/v1/claims", {"claim": "{"}, **form), 400, "json_malformed")
    problem(send("app", "POST", "/v1/claims", {"claim": claim, "evidence": ten}, **form), 422, "request_invalid")
    text = (BytesIO(b"hello"), "p.jpg")
    problem(
        send("app", "POST", "/v1/claims", {"claim": claim, "evidence": text}, **form), 415, "photo_type_unsupported"
    )
    assert market.sql("SELECT count(*) AS photos FROM evidence") == [{"photos": 0}]


def test_a_list_goes_on_where_its_cursor_points(market: Market) -> None:
    order_id = market.order(lines=(("strawberry", 1000),) * 3)
    ids = [market.claim(order_id, line_id=line, evidence=[]) for line in ("1", "2", "3")]
    path = f"/v1/claims?order_id={order_id}&limit=2"

    first = market.call("app", "GET", path).get_json()
    rest = market.call("app", "GET", f"{path}&cursor={first['next_cursor']}").get_json()

    assert [claim["id"] for claim in first["data"] + rest["data"]] == ids[::-1]
    assert (first["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)


def test_a_list_is_narrowed_by_status_and_by_whose_move_it_is(market: Market) -> None:
    market.claim(market.order())

    def found(query: str) -> int:
        return len(market.call("reviewer", "GET", f"/v1/claims?{query}").get_json()["data"])

    assert (found("status=submitted"), found("status=rejected"), found("waiting_on=none")) == (1, 0, 1)


@pytest.mark.parametrize("query", ["status=rotten", "limit=0", "limit=201", "limit=many", "buyer=li", "cursor=a%00"])
def test_a_query_that_does_not_fit_is_refused(market: Market, query: str) -> None:
    problem(market.call("app", "GET", f"/v1/claims?{query}"), 422, "request_invalid")
