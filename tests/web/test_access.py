"""Who may call what, and who sees what."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from schemas.vocabulary import Scope
from service.flows.admit_client import Admitted, admit_client
from service.store import access as clients
from service.web.access import Doorkeeper, declared, needs
from service.web.app import create_app
from service.wiring.parts import Parts
from tests.stories.market import Market
from tests.web.bodies import a_claim, an_order
from tests.web.conftest import problem

RANDOM = "0123456789abcdef0123456789abcdef"


def test_every_route_says_who_may_call_it(market: Market) -> None:
    views = market.http.application.view_functions

    assert [name for name, view in views.items() if declared(view) is None] == []


def test_a_route_that_does_not_say_is_closed(parts: Parts) -> None:
    app: Flask = create_app(parts, lambda kinds: None)
    app.add_url_rule("/v1/forgotten", view_func=lambda: "secret")

    problem(app.test_client().get("/v1/forgotten"), 403, "access_undeclared")


def test_needing_no_scope_is_no_declaration() -> None:
    with pytest.raises(ValueError, match="at least one scope"):
        needs()


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer unknown", "Bearer " + "x" * 600])
def test_without_a_known_token_there_is_no_way_in(market: Market, sent: str) -> None:
    refused = market.http.get("/v1/claims", headers={"Authorization": sent})

    problem(refused, 401, "token_invalid")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_missing_scope_is_named(market: Market) -> None:
    refused = market.call("app", "PUT", "/v1/orders/o1", an_order())

    assert "orders:write" in problem(refused, 403, "scope_missing")["detail"]
    assert 'scope="orders:write"' in refused.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("orders", "POST", "/v1/claims"),
        ("orders", "GET", "/v1/claims"),
        ("orders", "POST", "/v1/evidence"),
        ("app", "POST", "/v1/tracking"),
        ("app", "GET", "/v1/orders/o1"),
        ("app", "GET", "/v1/farmers/f1/balance"),
        ("app", "POST", "/v1/claims/c/approve"),
        ("app", "POST", "/v1/claims/c/respond"),
        ("farmer-1", "POST", "/v1/claims"),
        ("farmer-1", "POST", "/v1/claims/c/reject"),
        ("reviewer", "POST", "/v1/claims/c/cancel"),
        ("reviewer", "POST", "/v1/payouts"),
        ("reviewer", "GET", "/v1/parked-work"),
        ("app", "POST", "/v1/parked-work/1/retry"),
    ],
)
def test_a_role_keeps_to_its_own_calls(market: Market, role: str, method: str, path: str) -> None:
    problem(market.call(role, method, path, {}), 403, "scope_missing")


def test_an_app_sees_its_own_claims_and_nothing_of_another_apps(market: Market) -> None:
    claim_id = market.claim(market.order())
    other = token_of(market.parts, "app")

    def seen(path: str) -> Any:
        return market.http.get(path, headers=other)

    for part in ("", "/receipt"):
        problem(seen(f"/v1/claims/{claim_id}{part}"), 404, "not_found")
    assert seen("/v1/claims").get_json()["data"] == []
    acted = market.http.post(f"/v1/claims/{claim_id}/cancel", json={}, headers=other | {"Idempotency-Key": "k"})
    problem(acted, 404, "not_found")


def test_what_the_service_opens_is_the_only_apps_own(market: Market) -> None:
    market.call("app", "GET", "/v1/claims")
    late = market.order(hours=60)

    market.work()

    [found] = market.call("app", "GET", f"/v1/claims?order_id={late}").get_json()["data"]
    assert found["opened_by"] == "system"
    assert market.call("app", "GET", f"/v1/claims/{found['id']}").status_code == 200


def test_of_several_apps_only_the_one_that_the_order_names_sees_what_the_service_opens(market: Market) -> None:
    named, unnamed = (admit_client(market.parts.db, "an app", "app", f"{RANDOM}{n}") for n in (1, 2))
    late, later = market.order(hours=60, app=named.client_id), market.order(hours=60)

    market.work()

    def seen(app: Admitted) -> list[str]:
        headers = {"Authorization": f"Bearer {app.token}"}
        return [claim["order_id"] for claim in market.http.get("/v1/claims", headers=headers).get_json()["data"]]

    assert (seen(named), seen(unnamed)) == ([late], [])
    assert market.only_claim_of(later)["opened_by"] == "system"


def test_an_order_of_an_unknown_app_is_refused_and_says_so(market: Market) -> None:
    refused = problem(
        market.call("orders", "PUT", "/v1/orders/o1", an_order(app="cli_unknown")), 422, "request_invalid"
    )

    assert refused["errors"][0]["field"] == "app"
    assert market.sql("SELECT order_id FROM orders") == []


def test_an_app_neither_sees_nor_uses_another_apps_photo(market: Market) -> None:
    photo_id, order_id, other = market.photo(), market.order(), token_of(market.parts, "app")

    problem(market.http.get(f"/v1/evidence/{photo_id}", headers=other), 404, "not_found")
    problem(market.http.get(f"/v1/evidence/{photo_id}/photo", headers=other), 404, "not_found")
    claim = a_claim(order_id, evidence=[photo_id])
    used = market.http.post("/v1/claims", json=claim, headers=other | {"Idempotency-Key": "k"})
    problem(used, 422, "evidence_unknown")


def test_a_farmer_sees_its_own_claims_photos_and_money_and_no_one_elses(market: Market) -> None:
    claim_id = market.claim(market.order())
    claim = market.read(claim_id)
    own, photo_id = claim["farmer_id"], claim["evidence"][0]

    def reads(role: str, path: str) -> int:
        return market.call(role, "GET", path).status_code

    for path in (f"/v1/claims/{claim_id}", f"/v1/evidence/{photo_id}", f"/v1/farmers/{own}/balance"):
        assert (reads(own, path), reads("farmer-other", path)) == (200, 404), path
    for name in ("charges", "payouts", "payouts/pay_1", "statement"):
        problem(market.call("farmer-other", "GET", f"/v1/farmers/{own}/{name}"), 404, "not_found")
    assert len(market.call(own, "GET", "/v1/claims").get_json()["data"]) == 1
    assert market.call("farmer-other", "GET", "/v1/claims").get_json()["data"] == []
    assert market.call("farmer-other", "GET", f"/v1/claims?farmer_id={own}").get_json()["data"] == []


def test_a_revoked_or_expired_token_ends(market: Market) -> None:
    token = token_of(market.parts, "app", expires_at=datetime.now(UTC) - timedelta(seconds=1))

    problem(market.http.get("/v1/claims", headers=token), 401, "token_invalid")


def test_a_revoked_token_is_remembered_for_seconds_and_not_longer(parts: Parts) -> None:
    admitted = admit_client(parts.db, "app", "app", RANDOM)
    clock = iter([0.0, 4.9, 5.1, 5.2])
    keeper = Doorkeeper(parts.db, lambda: next(clock))
    assert keeper.client_of(admitted.token)
    with parts.db.transaction() as conn:
        assert clients.revoke(conn, admitted.client_id)

    assert keeper.client_of(admitted.token) is not None
    assert keeper.client_of(admitted.token) is None


def test_every_scope_opens_something(market: Market) -> None:
    views = market.http.application.view_functions.values()
    used = {scope for view in views if (access := declared(view)) for scope in access.any_of}

    assert used == set(Scope)


def token_of(parts: Parts, role: str, **more: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {admit_client(parts.db, f'other {role}', role, RANDOM, **more).token}"}
