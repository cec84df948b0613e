"""Buyers in a storm: each claim is posted again under its key until it is acknowledged."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import urllib3

from service.devstack.play import drawn_photo
from service.devstack.season import Json, ago, cny

PATIENCE_SECONDS = 120.0
RETRY_PAUSE_SECONDS = 0.1
PHOTOS = 12


class NotAcknowledged(Exception):
    """A call was refused for good, or got no answer for as long as a buyer's app would try."""


@dataclass
class Acknowledged:
    """What the service has said yes to, shared by all posting threads."""

    claims: dict[str, str] = field(default_factory=dict)
    retries: int = 0
    slowest_seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, claim_id: str, order_id: str, seconds: float) -> None:
        """Note a claim that was answered with 201."""
        with self.lock:
            self.claims[claim_id] = order_id
            self.slowest_seconds = max(self.slowest_seconds, seconds)

    def note_retry(self) -> None:
        """Note a try that got no good answer."""
        with self.lock:
            self.retries += 1


@dataclass(frozen=True, slots=True)
class Door:
    """The way into the service for one posting thread."""

    http: urllib3.PoolManager
    base: str
    tokens: dict[str, str]
    acknowledged: Acknowledged

    def insist(self, role: str, method: str, path: str, key: str, body: Any, media: str = "application/json") -> Json:
        """Call until it is answered with success; raises NotAcknowledged for a refusal or after two minutes."""
        headers = {"Authorization": f"Bearer {self.tokens[role]}", "Idempotency-Key": key, "Content-Type": media}
        ends_at = time.monotonic() + PATIENCE_SECONDS
        said = "nothing"
        while time.monotonic() < ends_at:
            try:
                answer = self.http.request(
                    method,
                    f"{self.base}{path}",
                    headers=headers,
                    **({"json": body} if media == "application/json" else {"body": body}),
                )
            except urllib3.exceptions.HTTPError as fault:
                said = str(fault)
            else:
                said = f"{answer.status} {answer.data[:300].decode(errors='replace')}"
                if answer.status < 300:
                    return dict(answer.json())
                if answer.status not in (409, 429, 500, 502, 503, 504):
                    raise NotAcknowledged(f"{method} {path}: {said}")
            self.acknowledged.note_retry()
            time.sleep(RETRY_PAUSE_SECONDS)
        raise NotAcknowledged(f"{method} {path}: no answer in {PATIENCE_SECONDS:g} s: {said}")


def post_claims(door: Door, numbers: range, seed: int, photos: list[str]) -> None:
    """Post an order, its scans and a claim for every number."""
    now = datetime.now(UTC)
    for number in numbers:
        chance = random.Random(f"{seed}:{number}")
        order_id = f"storm-{seed}-{number}"
        door.insist("orders", "PUT", f"/v1/orders/{order_id}", f"order-{order_id}", _order(order_id, now, chance))
        door.insist("orders", "POST", "/v1/tracking", f"scans-{order_id}", _scans(order_id, now, chance))
        body = {
            "order_id": order_id,
            "line_id": "1",
            "cause": chance.choice(("rotten", "damaged")),
            "affected": {"share_bp": chance.choice((500, 1000, 3000, 6000, 10_000))},
            "requested_resolution": "refund_only",
            "evidence": [chance.choice(photos)],
        }
        began = time.monotonic()
        claim = door.insist("app", "POST", "/v1/claims", f"claim-{order_id}", body)
        door.acknowledged.note(claim["id"], order_id, time.monotonic() - began)


def upload_photos(door: Door, seed: int) -> list[str]:
    """Upload the photos that the claims will show."""
    return [
        str(
            door.insist("app", "POST", "/v1/evidence?kind=goods", f"photo-{seed}-{n}", drawn_photo(n, 0), "image/jpeg")[
                "id"
            ]
        )
        for n in range(PHOTOS)
    ]


def in_threads(work: Callable[[range], None], total: int, threads: int) -> list[threading.Thread]:
    """Start threads that share the numbers below `total`."""
    started = [threading.Thread(target=work, args=(range(first, total, threads),)) for first in range(threads)]
    for thread in started:
        thread.start()
    return started


def _order(order_id: str, now: datetime, chance: random.Random) -> Json:
    return {
        "version": 1,
        "buyer": {"id": f"buyer-{order_id}", "senior": False},
        "farmer": {"id": f"farmer-{chance.randrange(40)}", "name": "果园"},
        "currency": "CNY",
        "paid_at": ago(now, 72),
        "destination": {"province": "上海市", "city": "", "district": ""},
        "lines": [
            {
                "line_id": "1",
                "commodity": "strawberry",
                "title": "草莓",
                "quantity": 1,
                "unit": "箱",
                "paid": cny(chance.randrange(900, 9900)),
            }
        ],
        "freight": cny(chance.choice((0, 0, 500))),
        "waybills": [{"carrier": "SF", "number": order_id, "leg": 1}],
        "payment": {"channel": "sandbox", "transaction_id": f"pay-{order_id}"},
        "status": "paid",
    }


def _scans(order_id: str, now: datetime, chance: random.Random) -> Json:
    delivered = chance.uniform(1, 10)
    scans = [(delivered + chance.uniform(30, 120), "picked_up"), (delivered, "delivered")]
    chance.shuffle(scans)
    return {
        "events": [
            {"carrier": "SF", "number": order_id, "event_time": ago(now, min(hours, 71)), "step": step}
            for hours, step in scans
        ]
    }
