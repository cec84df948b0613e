"""The HTTP door with accounts at Kuaidi100 and KDNiao, whose pushes come in as they would from outside."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import TestResponse

from service.carriers.registry import PROVIDERS
from service.flows.keep_carrier_account import Wanted, open_account
from service.wiring.parts import Parts
from tests.carriers.desks import DESKS, QueryDesk, opened
from tests.carriers.providers import API_KEY, SALT
from tests.stories.market import Market, open_market

SECRETS = {"kuaidi100": SALT, "kdniao": API_KEY}


@dataclass
class Carriers:
    """Pushes of providers to the door, under accounts of their own."""

    market: Market
    paths: dict[str, str]

    def open(self, provider: str, name: str = "main", **wanted: Any) -> str:
        """Open an account and return its path."""
        path = secrets.token_urlsafe(24)
        asked = Wanted(name, wanted.pop("secret", SECRETS.get(provider, "a secret")), path, **wanted)
        open_account(self.market.parts.db, self.market.parts.vault, PROVIDERS[provider], asked)
        return self.paths.setdefault(provider, f"/v1/carriers/{provider}/{path}")

    def ask_at(self, desk: QueryDesk, **wanted: Any) -> None:
        """Open an account that asks at a provider's desk."""
        asked = {"query_url": desk.url, "query_key": desk.key, "customer": desk.customer}
        self.open(desk.provider, asks=True, **asked | wanted)

    def push(self, provider: str, body: bytes, path: str = "", **headers: str) -> TestResponse:
        """Push as a provider does, to the first account opened there unless another path is given."""
        if not path and provider not in self.paths:
            self.open(provider)
        signed = next((desk.headers(body) for desk in DESKS if desk.provider == provider), {})
        form = {"Content-Type": "application/x-www-form-urlencoded"} | signed | headers
        return self.market.http.post(path or self.paths[provider], data=body, headers=form)

    def told(self, provider: str, body: bytes) -> None:
        """Push, and have it read."""
        answer = self.push(provider, body)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        self.market.work()

    def events(self) -> list[dict[str, Any]]:
        """The timeline of everything, without what depends on when it came in."""
        return self.market.sql(
            "SELECT event_id, provider, carrier, number, event_time, zone_source, assumed_zone, step, cause, place,"
            " weak, raw_code, raw_text FROM tracking_events ORDER BY event_time, event_id"
        )

    def order(self, order_id: str) -> dict[str, Any]:
        """An order as its service sees it."""
        answer = self.market.call("orders", "GET", f"/v1/orders/{order_id}")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return dict(answer.get_json())


@pytest.fixture
def market(parts: Parts) -> Market:
    """Callers in every role."""
    return open_market(parts)


@pytest.fixture
def carriers(market: Market) -> Carriers:
    """Providers at the door; accounts are opened as they are needed."""
    return Carriers(market, {})


@pytest.fixture(params=DESKS, ids=[desk.provider for desk in DESKS])
def desk(request: pytest.FixtureRequest) -> Iterator[QueryDesk]:
    """The query side of each provider that can be asked."""
    with opened(request.param()) as desk:
        yield desk


@pytest.fixture
def asking(carriers: Carriers, desk: QueryDesk) -> Carriers:
    """An account that asks at the desk."""
    carriers.ask_at(desk)
    return carriers
