"""What machines and people can read about the API, and the trail of every request."""

import re
from collections.abc import Iterable
from typing import Any

from structlog.testing import capture_logs

from service.queues import Kind
from service.web.app import create_app
from service.wiring.parts import Parts
from tests.stories.market import Market
from tests.web.bodies import a_claim, an_event, an_order


def test_every_route_is_described_with_its_access(market: Market) -> None:
    spec = market.http.get("/v1/openapi.json").get_json()
    paths = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in market.http.application.url_map.iter_rules()}
    undescribed = {"/healthz", "/readyz", "/metrics", "/v1/openapi.json", "/v1/docs", "/v1/docs.css"}

    assert spec["openapi"].startswith("3.1")
    assert set(spec["paths"]) == paths - undescribed
    claim = spec["paths"]["/v1/claims"]["post"]
    assert claim["security"] == [{"token": ["claims:write"]}]
    assert set(claim["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    assert spec["paths"]["/v1/refunds/{channel}/notices"]["post"]["security"] == []
    assert "Problem" in spec["components"]["schemas"]


def test_every_reference_of_the_description_leads_somewhere(market: Market) -> None:
    spec = market.http.get("/v1/openapi.json").get_json()

    for reference in references(spec):
        found = spec
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]


def test_the_page_needs_no_script_and_names_every_call(market: Market) -> None:
    page = market.http.get("/v1/docs")
    text = page.get_data(as_text=True)

    assert page.status_code == 200
    assert "<script" not in text
    assert "style=" not in text
    assert "'unsafe" not in page.headers["Content-Security-Policy"]
    assert market.http.get("/v1/docs.css").content_type.startswith("text/css")
    assert "`" not in text
    assert "its <code>code</code> is stable" in text
    for path in market.http.get("/v1/openapi.json").get_json()["paths"]:
        assert path in text


def test_every_field_of_the_description_says_its_kind(market: Market) -> None:
    schemas = market.http.get("/v1/openapi.json").get_json()["components"]["schemas"]
    fields = [(name, key, one) for name, schema in schemas.items() for key, one in schema.get("properties", {}).items()]
    kinds = {"type", "enum", "$ref", "anyOf", "allOf"}

    assert [(name, key) for name, key, one in fields if not one.keys() & kinds] == []
    assert schemas["OrderAsked"]["properties"]["paid_at"] == {"type": "string", "format": "date-time"}


def test_a_sane_request_id_is_kept_and_another_is_replaced(market: Market) -> None:
    kept = market.http.get("/healthz", headers={"X-Request-Id": "req-1"})
    made = market.http.get("/healthz", headers={"X-Request-Id": "<script>"})

    assert kept.headers["X-Request-Id"] == "req-1"
    assert re.fullmatch(r"[0-9a-f]{32}", made.headers["X-Request-Id"])


def test_a_decision_is_logged_with_the_request_that_asked_for_it(market: Market) -> None:
    body = a_claim(market.order(hours=1), evidence=[market.photo()])
    market.call("app", "POST", "/v1/claims", body, X_Request_Id="req-7")

    with capture_logs() as logged:
        market.work()

    assert [line["request_id"] for line in logged if line["event"] == "claim_decided"] == ["req-7"]


def test_every_answer_is_hardened(market: Market) -> None:
    for answer in (market.http.get("/healthz"), market.http.get("/v1/none"), market.http.get("/v1/claims")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_ready_service_says_so_and_how_its_broker_is(market: Market) -> None:
    ready = market.http.get("/readyz")

    assert (ready.status_code, ready.get_json()["reasons"]) == (200, [])
    assert ready.get_json()["broker"] == "ok"


def test_workers_are_woken_after_what_is_new_and_only_then(parts: Parts, market: Market) -> None:
    woken: list[Kind] = []
    http = create_app(parts, lambda kinds: woken.extend(kinds)).test_client()
    headers = {"Authorization": f"Bearer {market._token('orders')}"}

    def sent(method: str, path: str, body: Any) -> Iterable[Kind]:
        woken.clear()
        assert http.open(path, method=method, json=body, headers=headers).status_code < 300
        return set(woken)

    order, events = an_order(), {"events": [an_event()]}
    assert Kind.FOLLOW_PARCEL in sent("PUT", "/v1/orders/o1", order)
    assert sent("PUT", "/v1/orders/o1", order) == set()
    assert sent("POST", "/v1/tracking", events) == {Kind.FOLLOW_PARCEL}
    assert sent("POST", "/v1/tracking", events) == set()


def references(part: Any) -> Iterable[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)
