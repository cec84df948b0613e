"""Many at once at the HTTP door: one claim, one ruling, one refund, and never more than was paid."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from service.web.app import create_app
from tests.stories.market import Market, picture

AT_ONCE = 50


def _at_once(market: Market, role: str, path: str, bodies: list[Any], keys: list[str]) -> list[tuple[int, Any]]:
    """POST everything at the same time, each from a client of its own."""
    app = create_app(market.parts, lambda kinds: None)
    market.call(role, "GET", "/v1/claims")
    token = market.tokens[role]

    def post(body: Any, key: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        answer = app.test_client().post(path, json=body, headers=headers)
        return answer.status_code, answer.get_json()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(post, bodies, keys))


def _body(order: str, evidence: list[str], cause: str = "rotten", share_bp: int = 10_000) -> dict[str, Any]:
    return {
        "order_id": order,
        "line_id": "1",
        "cause": cause,
        "affected": {"share_bp": share_bp},
        "requested_resolution": "refund_only",
        "evidence": evidence,
    }


def _delivered(market: Market) -> str:
    order = market.order()
    market.scans(order, (60, "picked_up"), (5, "delivered"))
    return order


def test_fifty_identical_posts_at_once_are_one_claim_and_one_refund(market: Market) -> None:
    order, photo = _delivered(market), market.photo()

    answers = _at_once(market, "app", "/v1/claims", [_body(order, [photo])] * AT_ONCE, ["same-key"] * AT_ONCE)
    market.work()

    assert {status for status, _ in answers} <= {201, 409}
    assert len({body["id"] for status, body in answers if status == 201}) == 1
    assert market.sql("SELECT count(*) AS n FROM claims WHERE order_id = %s", order) == [{"n": 1}]
    assert market.sql("SELECT count(*) AS n, sum(amount) AS paid FROM refunds") == [{"n": 1, "paid": 1990}]


def test_fifty_identical_uploads_at_once_are_one_photo(market: Market) -> None:
    app = create_app(market.parts, lambda kinds: None)
    market.call("app", "GET", "/v1/claims")
    headers = {
        "Authorization": f"Bearer {market.tokens['app']}",
        "Idempotency-Key": "same-key",
        "Content-Type": "image/png",
    }
    data = picture("rotten-apples-1.png")

    def upload(_: int) -> tuple[int, Any]:
        answer = app.test_client().post("/v1/evidence?kind=goods", data=data, headers=headers)
        return answer.status_code, answer.get_json()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(upload, range(AT_ONCE)))

    [photo] = market.sql("SELECT evidence_id FROM evidence")
    assert {status for status, _ in answers} <= {201, 409}
    assert {body["id"] for status, body in answers if status == 201} == {photo["evidence_id"]}
    assert market.sql("SELECT count(*) AS n FROM work WHERE kind = 'inspect_evidence'") == [{"n": 1}]
    assert upload(0) == (201, next(body for status, body in answers if status == 201))


def test_fifty_posts_under_keys_of_their_own_are_still_one_claim(market: Market) -> None:
    order, photo = _delivered(market), market.photo()

    keys = [f"key-{number}" for number in range(AT_ONCE)]
    answers = _at_once(market, "app", "/v1/claims", [_body(order, [photo], share_bp=3000)] * AT_ONCE, keys)
    market.work()

    assert [status for status, _ in answers].count(201) == 1
    assert {body["code"] for status, body in answers if status == 409} == {"claim_exists"}
    assert market.sql("SELECT sum(amount) AS paid FROM refunds") == [{"paid": 597}]


def test_fifty_approvals_at_once_are_one_ruling_and_one_refund(market: Market) -> None:
    order = market.order(lines=(("sweet_cherry", 39_900),))
    market.scans(order, (60, "picked_up"), (5, "delivered"))
    claim_id = market.claim(order, evidence=[market.photo(), market.photo("rotten-apples-2.png")])
    market.work()

    keys = [f"key-{number}" for number in range(AT_ONCE)]
    path = f"/v1/claims/{claim_id}/approve"
    answers = _at_once(market, "reviewer", path, [{"share_bp": 5000, "reason": "约一半"}] * AT_ONCE, keys)
    market.work()

    assert [status for status, _ in answers].count(200) == 1
    assert {status for status, _ in answers} == {200, 409}
    assert market.sql("SELECT count(*) AS n, sum(amount) AS paid FROM refunds") == [{"n": 1, "paid": 19_950}]


def test_partial_claims_of_one_line_at_once_never_exceed_it(market: Market) -> None:
    order, photo = _delivered(market), market.photo()

    causes = ["rotten", "damaged", "short", "wrong_item"]
    bodies = [_body(order, [photo], cause, 10_000) for cause in causes]
    _at_once(market, "app", "/v1/claims", bodies, causes)
    market.work()

    assert market.sql("SELECT refunded FROM order_lines WHERE order_id = %s", order) == [{"refunded": 1990}]
    assert market.sql("SELECT sum(amount) AS paid FROM refunds") == [{"paid": 1990}]
    assert market.drift() == 0
