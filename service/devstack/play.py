"""The main job, played through the HTTP door as an app, an order service, a farmer and a reviewer would."""

import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, TypeVar

import urllib3
from PIL import Image, ImageDraw
from rich.console import Console

from service.devstack.season import SEASON, Json, Scene, events_json, order_json
from service.devstack.stack import Stack, service
from service.devstack.tables import show_books, show_claims, show_owed, show_payout, show_receipt

SETTLED_SECONDS = 30.0
WIDTH = 118


T = TypeVar("T")


class PlayFault(Exception):
    """A call of the play was answered otherwise than the main job needs."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One client of the API."""

    http: urllib3.PoolManager
    base: str
    token: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API and return its JSON; raises PlayFault with the problem's own words."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if method == "POST":
            headers["Idempotency-Key"] = secrets.token_hex(16)
        answer = self.http.request(method, f"{self.base}{path}", json=body, headers=headers)
        if answer.status >= 300:
            raise PlayFault(f"{method} {path}: {answer.status} {answer.data.decode()[:500]}")
        return answer.json()

    def upload(self, photo: bytes) -> str:
        """Upload a photo of the goods and return its id."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": secrets.token_hex(16),
            "Content-Type": "image/jpeg",
        }
        answer = self.http.request("POST", f"{self.base}/v1/evidence?kind=goods", body=photo, headers=headers)
        if answer.status != 201:
            raise PlayFault(f"photo: {answer.status} {answer.data.decode()[:500]}")
        return str(answer.json()["id"])


@dataclass(frozen=True, slots=True)
class Cast:
    """Everyone who calls."""

    app: Caller
    orders: Caller
    farmer: Caller
    reviewer: Caller
    operator: Caller


def play(stack: Stack) -> int:
    """Play the season and print who was paid and charged; 0 if every claim ended and the books agree."""
    console = Console(width=max(WIDTH, shutil.get_terminal_size().columns))
    http = urllib3.PoolManager(timeout=urllib3.Timeout(10.0), retries=False, maxsize=4)
    cast = Cast(
        *(
            Caller(http, stack.api_url, stack.tokens[role])
            for role in ("app", "orders", "farmer", "reviewer", "operator")
        )
    )
    now = datetime.now(UTC)
    with console.status("orders and tracking come in") as status:
        for number, scene in enumerate(SEASON):
            deliver(cast, scene, order_id(number), now)
        status.update("buyers claim, with photos")
        for number, scene in enumerate(SEASON):
            claim(cast, scene, order_id(number), number)
        status.update("policy decides; a farmer and a reviewer answer")
        told = [
            (scene, ended)
            for number, scene in enumerate(SEASON)
            for ended in explained(cast, settled(cast, scene, order_id(number), console))
        ]
        status.update("the farmer is paid")
        payouts = _until(lambda: _payouts(cast), SETTLED_SECONDS)
    show_claims(console, told)
    scene, shared = next((scene, claim) for scene, claim in told if len(claim["liability"]) > 1)
    show_receipt(console, cast.reviewer.call("GET", f"/v1/claims/{shared['id']}/receipt"), scene.name)
    show_payout(console, payouts)
    show_owed(console, cast.operator.call("GET", "/v1/recoveries/ageing")["data"])
    agree = show_books(console, [claim for _, claim in told], moved_by(http, stack))
    console.print(f"audit of the books: {service('audit', env=stack.env).strip()}")
    return 0 if agree else 1


def order_id(number: int) -> str:
    """The sample orders' ids."""
    return f"demo-{number + 1:02}"


def deliver(cast: Cast, scene: Scene, order: str, now: datetime) -> None:
    """Put the order, then post what the carrier saw."""
    cast.orders.call("PUT", f"/v1/orders/{order}", order_json(scene, order, now))
    events = events_json(scene, order, now)
    if events:
        cast.orders.call("POST", "/v1/tracking", {"events": events})


def claim(cast: Cast, scene: Scene, order: str, number: int) -> None:
    """Upload the photos and post the claim, if the scene has one."""
    if scene.claim is None:
        return
    evidence = [cast.app.upload(drawn_photo(number, copy)) for copy in range(scene.photos)]
    body = {"order_id": order, "line_id": "1", "evidence": evidence, **scene.claim}
    cast.app.call("POST", "/v1/claims", body)


def settled(cast: Cast, scene: Scene, order: str, console: Console) -> list[Json]:
    """Wait for the order's claims to end, doing what a person does on the way; return them at their end."""
    if scene.then:
        action, body = scene.then
        waiting = _until(lambda: _claim_offering(cast, order, action), SETTLED_SECONDS)
        caller = cast.farmer if action == "respond" else cast.reviewer
        caller.call("POST", f"/v1/claims/{waiting['id']}/{action}", body)
    ended = _until(lambda: _ended(cast, scene, order), SETTLED_SECONDS)
    console.print(f"  {scene.title}: {', '.join(one['status'] for one in ended)}")
    return ended


def explained(cast: Cast, ended: list[Json]) -> list[Json]:
    """Add to each claim the last decision of its receipt: who decided, and why."""
    receipts = [cast.reviewer.call("GET", f"/v1/claims/{claim['id']}/receipt")["receipts"] for claim in ended]
    return [
        claim | {"decided": [one for one in receipt if one["kind"] == "decision"][-1]}
        for claim, receipt in zip(ended, receipts, strict=True)
    ]


def drawn_photo(number: int, copy: int) -> bytes:
    """A drawn fruit with a brown spot, another one for every claim."""
    image = Image.new("RGB", (640, 480), (230, 226, 214))
    draw = ImageDraw.Draw(image)
    draw.ellipse((120, 40, 520, 440), fill=(200 - 9 * number % 90, 50 + 10 * number, 40 + 30 * copy))
    draw.ellipse((260 + 8 * number, 180, 380 + 8 * number, 290 + 20 * copy), fill=(84, 58, 30))
    out = BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def _claims(cast: Cast, order: str) -> list[Json]:
    found: list[Json] = cast.reviewer.call("GET", f"/v1/claims?order_id={order}")["data"]
    return found


def _claim_offering(cast: Cast, order: str, action: str) -> Json | None:
    offers = ((c, a) for c in _claims(cast, order) for a in c["available_actions"])
    return next((c for c, a in offers if a["action"] == action and c["waiting_on"] != "none"), None)


def _ended(cast: Cast, scene: Scene, order: str) -> list[Json] | None:
    """Return the order's claims, oldest first, once all are rejected, or paid and charged."""
    found = _claims(cast, order)[::-1]
    ended = [c for c in found if c["status"] == "rejected" or (c["refund_status"] == "succeeded" and c["liability"])]
    return found if len(ended) == len(found) >= scene.claims else None


def _payouts(cast: Cast) -> list[Json] | None:
    """Draw payouts until the sale whose window has closed is paid out, and return them with their lines."""
    drawn = cast.operator.call("POST", "/v1/payouts", {})["payouts"]
    if drawn:
        return [cast.operator.call("GET", f"/v1/farmers/farmer-li/payouts/{payout_id}") for payout_id in drawn]
    return None


def _until(found: Callable[[], T | None], seconds: float) -> T:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if result := found():
            return result
        time.sleep(0.1)
    raise PlayFault(f"nothing settled within {seconds:g} s: see the logs of worker and sweeper")


def moved_by(http: urllib3.PoolManager, stack: Stack) -> int:
    """What the bank's own books say it paid to buyers, in minor units."""
    headers = {"Authorization": f"Bearer {stack.env['MAKEGOOD_BANK_SECRET']}"}
    listed = http.request("GET", f"{stack.bank_url}/v1/transfers?limit=1000", headers=headers).json()
    return sum(t["amount"] for t in listed["data"] if t["purpose"] != "payout")
