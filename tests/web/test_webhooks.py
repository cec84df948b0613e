"""Webhooks over HTTP: made, shown, changed, rotated, tried, sent to again; a mistake is named and changes nothing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from service.devstack.receivers import Receiver, open_receiver
from service.flows.subscribe import MOST_WEBHOOKS
from service.vault import open_vault
from service.webhooks.signature import PREFIX, SEALED, new_secret, opened, sealed, signed_headers
from service.wiring.parts import Parts
from tests.stories.market import Json, Market, open_market
from tests.web.conftest import fields, problem
from workers.sweeper import keep_house

NOBODY = "whk_" + "0" * 32


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver("healthy") as opened:
        yield opened


def made(market: Market, receiver: Receiver, **more: Any) -> Json:
    return dict(market.call("app", "POST", "/v1/webhooks", {"url": receiver.url, **more}).get_json())


def deliveries(market: Market, webhook_id: str, query: str = "") -> list[Json]:
    return list(market.call("app", "GET", f"/v1/webhooks/{webhook_id}/deliveries{query}").get_json()["data"])


def test_the_secret_is_shown_when_it_is_made_and_never_again(market: Market, receiver: Receiver) -> None:
    answer = market.call("app", "POST", "/v1/webhooks", {"url": receiver.url, "description": "ours"})
    webhook = answer.get_json()

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/webhooks/{webhook['id']}"
    assert webhook.pop("secret").startswith("whsec_")
    assert (
        webhook.items() >= {"url": receiver.url, "event_types": [], "status": "enabled", "description": "ours"}.items()
    )
    assert market.call("app", "GET", f"/v1/webhooks/{webhook['id']}").get_json() == webhook
    assert market.call("app", "GET", "/v1/webhooks").get_json()["data"] == [webhook]


def test_no_secret_lies_among_the_kept_answers_and_a_replay_still_shows_it(market: Market, receiver: Receiver) -> None:
    first, again = (
        market.call("app", "POST", "/v1/webhooks", {"url": receiver.url}, Idempotency_Key="k") for _ in range(2)
    )

    assert first.get_json() == again.get_json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert market.sql("SELECT key FROM idempotency_keys WHERE answer::text LIKE '%%whsec%%'") == []


def test_a_secret_is_sealed_in_the_database_and_its_successor_too(market: Market, receiver: Receiver) -> None:
    webhook = made(market, receiver)
    rotated = market.call("app", "POST", f"/v1/webhooks/{webhook['id']}/rotate-secret", {}).get_json()

    [row] = market.sql("SELECT secret, earlier_secret FROM webhooks")
    vault = market.parts.vault
    assert [opened(vault, stored) for stored in row.values()] == [rotated["secret"], webhook["secret"]]
    assert all(stored.startswith(SEALED) and PREFIX not in stored for stored in row.values())


def test_a_secret_that_an_earlier_version_kept_in_clear_signs_until_it_is_sealed_and_afterwards(
    market: Market, receiver: Receiver
) -> None:
    webhook = made(market, receiver, event_types=["claim.opened"])
    market.sql("UPDATE webhooks SET secret = %s", webhook["secret"])
    for _ in range(2):
        market.claim(market.order(hours=2, waybills=[]), "not_shipped", evidence=[])
        market.work()
        keep_house(market.parts)

    assert [Webhook(webhook["secret"]).verify(m.body, dict(m.headers))["type"] for m in receiver.messages] == [
        "claim.opened"
    ] * 2
    assert market.sql("SELECT FROM webhooks WHERE secret LIKE 'whsec%%' OR earlier_secret IS NOT NULL") == []


def test_a_process_that_keeps_secrets_in_clear_fails_at_a_sealed_one_and_signs_nothing(parts: Parts) -> None:
    stored = sealed(parts.vault, new_secret(b"r" * 32))

    with pytest.raises(ValueError, match="ASCII"):
        signed_headers([stored], "evt_1", 0.0, b"{}")


def test_without_a_key_no_webhook_is_made_and_the_caller_hears_nothing_of_why(parts: Parts, receiver: Receiver) -> None:
    market = open_market(replace(parts, vault=open_vault("")))

    refused = problem(market.call("app", "POST", "/v1/webhooks", {"url": receiver.url}), 503, "secrets_locked")

    assert "MAKEGOOD" not in refused["detail"]
    assert market.sql("SELECT FROM webhooks") == []


def test_a_webhook_is_its_owner_s_alone(market: Market, receiver: Receiver) -> None:
    webhook_id = made(market, receiver)["id"]

    for method, path, body in [
        ("GET", "", None),
        ("PATCH", "", {"status": "disabled"}),
        ("DELETE", "", None),
        ("POST", "/test", None),
        ("POST", "/rotate-secret", {}),
        ("POST", "/redeliver", {"failed_since": "2026-01-01T00:00:00Z"}),
        ("GET", "/deliveries", None),
    ]:
        answer = market.call("operator", method, f"/v1/webhooks/{webhook_id}{path}", body)
        assert answer.status_code == 404, (method, path)
    assert market.call("app", "GET", f"/v1/webhooks/{webhook_id}").get_json()["status"] == "enabled"
    problem(market.call("reviewer", "GET", "/v1/webhooks"), 403, "scope_missing")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": "https://10.0.0.5/"}, "url"),
        ({"url": "http://example.com:99999/"}, "url"),
        ({"url": "ftp://example.com/"}, "url"),
        ({"url": "https://example.com/" + "a" * 2048}, "url"),
        ({"url": 5}, "url"),
        ({"url": "https://example.com/", "event_types": ["claim.lost"]}, "event_types.0"),
        ({"url": "https://example.com/", "event_types": "claim.opened"}, "event_types"),
        ({"url": "https://example.com/", "secret": "mine"}, "secret"),
        ({"url": "https://example.com/", "description": "d" * 201}, "description"),
    ],
)
def test_a_webhook_that_does_not_fit_is_refused_by_field(market: Market, body: Json, field: str) -> None:
    assert fields(problem(market.call("app", "POST", "/v1/webhooks", body), 422, "request_invalid")) == [field]
    assert market.call("app", "GET", "/v1/webhooks").get_json()["data"] == []


def test_a_client_has_so_many_webhooks_and_no_more(market: Market) -> None:
    for _ in range(MOST_WEBHOOKS):
        market.call("app", "POST", "/v1/webhooks", {"url": "https://example.com/"})

    problem(market.call("app", "POST", "/v1/webhooks", {"url": "https://example.com/"}), 409, "webhooks_too_many")


def test_a_test_arrives_signed_and_in_the_list(market: Market, receiver: Receiver) -> None:
    webhook = made(market, receiver)
    answer = market.call("app", "POST", f"/v1/webhooks/{webhook['id']}/test")
    pending = answer.get_json()
    market.work()

    [message] = receiver.messages
    event = Webhook(webhook["secret"]).verify(message.body, dict(message.headers))
    assert (answer.status_code, pending["status"], pending["event_type"]) == (202, "pending", "webhook.test")
    assert (event["type"], event["data"]) == ("webhook.test", {"webhook_id": webhook["id"]})
    [delivery] = deliveries(market, webhook["id"])
    assert delivery.items() >= {"id": pending["id"], "status": "delivered", "status_code": 204, "attempts": 1}.items()
    assert delivery["next_attempt_at"] is None
    assert market.call("app", "GET", "/v1/events").get_json()["data"] == [], "a test concerns its webhook alone"


def test_while_a_secret_is_rotated_both_sign_and_afterwards_the_new_one_alone(
    market: Market, receiver: Receiver
) -> None:
    webhook = made(market, receiver)
    rotated = market.call("app", "POST", f"/v1/webhooks/{webhook['id']}/rotate-secret", {}).get_json()
    market.call("app", "POST", f"/v1/webhooks/{webhook['id']}/test")
    market.work()
    market.sql("UPDATE webhooks SET earlier_secret_ends_at = now()")
    market.call("app", "POST", f"/v1/webhooks/{webhook['id']}/test")
    market.work()

    during, afterwards = receiver.messages
    assert rotated["secret"] != webhook["secret"]
    assert rotated["earlier_secret_ends_at"]
    for secret in (rotated["secret"], webhook["secret"]):
        assert Webhook(secret).verify(during.body, dict(during.headers))
    assert Webhook(rotated["secret"]).verify(afterwards.body, dict(afterwards.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook["secret"]).verify(afterwards.body, dict(afterwards.headers))


def test_a_disabled_webhook_rests_and_goes_on_where_it_stopped(market: Market, receiver: Receiver) -> None:
    webhook_id = made(market, receiver)["id"]
    path = f"/v1/webhooks/{webhook_id}"
    changed = market.call("app", "PATCH", path, {"status": "disabled", "event_types": ["claim.opened"]})
    claim_id = market.claim(market.order(hours=2, waybills=[]), "not_shipped", evidence=[])
    market.work()
    rested = receiver.ids()
    problem(market.call("app", "POST", f"{path}/test"), 409, "webhook_disabled")
    market.call("app", "PATCH", path, {"status": "enabled"})
    market.work()

    assert changed.get_json().items() >= {"status": "disabled", "event_types": ["claim.opened"]}.items()
    assert rested == []
    assert [claim_id.encode() in message.body for message in receiver.messages] == [True]


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "body"), ({"status": "failing"}, "status"), ({"status": "on"}, "status"), ({"url": "http://"}, "url")],
)
def test_a_change_that_does_not_fit_is_refused(market: Market, receiver: Receiver, body: Json, field: str) -> None:
    webhook_id = made(market, receiver)["id"]

    assert fields(problem(market.call("app", "PATCH", f"/v1/webhooks/{webhook_id}", body), 422, "request_invalid")) == [
        field
    ]


def test_a_removed_webhook_is_gone_and_hears_nothing_more(market: Market, receiver: Receiver) -> None:
    webhook_id = made(market, receiver)["id"]
    answers = [market.call("app", "DELETE", f"/v1/webhooks/{webhook_id}").status_code for _ in range(2)]
    market.claim(market.order(hours=2, waybills=[]), "not_shipped", evidence=[])
    market.work()

    assert (answers, receiver.ids()) == ([204, 404], [])
    assert market.call("app", "GET", f"/v1/webhooks/{webhook_id}").status_code == 404
    assert market.sql("SELECT FROM webhooks WHERE secret <> ''") == []


def test_what_failed_is_listed_with_its_reason_and_sent_again_when_asked(market: Market, receiver: Receiver) -> None:
    receiver.kind = "failing"
    webhook_id = made(market, receiver, event_types=["claim.opened"])["id"]
    for _ in range(3):
        market.claim(market.order(hours=2, waybills=[]), "not_shipped", evidence=[])
    market.work()
    market.sql("UPDATE deliveries SET status = 'failed'")
    [newest, *_] = failed = deliveries(market, webhook_id, "?status=failed")
    receiver.kind, asked = "healthy", len(receiver.messages)
    again = f"/v1/webhooks/{webhook_id}/redeliver"
    one = market.call("app", "POST", again, {"delivery_id": newest["id"]}).get_json()
    market.work()
    rest = market.call("app", "POST", again, {"failed_since": "2026-01-01T00:00:00Z"}).get_json()
    market.work()

    assert [delivery["error"] for delivery in failed] == ["it answered 500 Internal Server Error"] * 3
    assert [delivery["event_id"] for delivery in failed] == receiver.ids()[:asked][::-1]
    assert (one, rest) == ({"deliveries": 1}, {"deliveries": 2})
    assert receiver.ids()[asked:] == [newest["event_id"], failed[2]["event_id"], failed[1]["event_id"]]
    assert {delivery["status"] for delivery in deliveries(market, webhook_id)} == {"delivered"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "request_invalid"),
        ({"delivery_id": "dlv_1", "failed_since": "2026-01-01T00:00:00Z"}, 422, "request_invalid"),
        ({"failed_since": "yesterday"}, 422, "request_invalid"),
        ({"delivery_id": "dlv_1"}, 404, "delivery_unknown"),
    ],
)
def test_a_redelivery_names_one_thing_that_is_there(
    market: Market, receiver: Receiver, body: Json, status: int, code: str
) -> None:
    webhook_id = made(market, receiver)["id"]

    problem(market.call("app", "POST", f"/v1/webhooks/{webhook_id}/redeliver", body), status, code)


def test_deliveries_are_paged_newest_first(market: Market, receiver: Receiver) -> None:
    webhook_id = made(market, receiver)["id"]
    sent = [market.call("app", "POST", f"/v1/webhooks/{webhook_id}/test").get_json()["id"] for _ in range(3)]
    path = f"/v1/webhooks/{webhook_id}/deliveries?limit=2"
    first = market.call("app", "GET", path).get_json()
    second = market.call("app", "GET", f"{path}&cursor={first['next_cursor']}").get_json()

    assert [delivery["id"] for delivery in first["data"] + second["data"]] == sent[::-1]
    assert (first["has_more"], second["has_more"]) == (True, False)


@pytest.mark.parametrize("query", ["after=5", "after=x-" + "0" * 32, "limit=0", "limit=201", "limit=many"])
def test_a_place_in_the_feed_that_is_none_is_refused(market: Market, query: str) -> None:
    body = problem(market.call("app", "GET", f"/v1/events?{query}"), 422, "request_invalid")

    assert fields(body) == [query.partition("=")[0]]


def test_the_farthest_place_is_a_place_like_any_other(market: Market) -> None:
    answer = market.call("app", "GET", f"/v1/events?after={'f' * 16}-{'f' * 32}").get_json()

    assert (answer["data"], answer["has_more"]) == ([], False)
    assert market.call("app", "GET", f"/v1/events?after={answer['next_cursor']}").status_code == 200


def test_the_feed_needs_its_scope(market: Market) -> None:
    problem(market.call("orders", "GET", "/v1/events"), 403, "scope_missing")
    problem(market.call("farmer-1", "POST", "/v1/webhooks", {"url": "https://example.com/"}), 403, "scope_missing")
    problem(market.call("app", "DELETE", f"/v1/webhooks/{NOBODY}"), 404, "not_found")
