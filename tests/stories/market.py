"""A small market around the HTTP door: an order service, a carrier, buyers, farmers and a reviewer call the API."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from service.flows.admit_client import admit_client
from service.store import ledger
from service.web.app import create_app
from service.wiring.parts import Parts
from tests.conftest import do_all_work

Json = dict[str, Any]
Lines = tuple[tuple[str, int], ...]
REAL_PHOTOS = Path(__file__).resolve().parents[3] / "shared" / "photos"
_numbers = count(1)


@dataclass
class Market:
    """Calls the API in every role; `hours` are always hours before now."""

    parts: Parts
    http: FlaskClient
    tokens: dict[str, str] = field(default_factory=dict)

    def call(self, role: str, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Call in a role (a farmer's role is its id); POST gets a fresh idempotency key unless one is given."""
        sent = {"Authorization": f"Bearer {self._token(role)}"}
        if method == "POST":
            sent["Idempotency-Key"] = secrets.token_hex(8)
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.open(path, method=method, json=body, headers=sent)

    def order(self, *, hours: float = 72, lines: Lines = (("strawberry", 1990),), **more: Any) -> str:
        """Put an order paid so many hours ago and return its id; its farmer is `farmer-<id>`."""
        order_id = f"order-{next(_numbers)}"
        body: Json = {
            "version": 1,
            "buyer": {"id": f"buyer-{order_id}", "senior": False},
            "farmer": {"id": f"farmer-{order_id}", "name": "张家果园"},
            "currency": "CNY",
            "paid_at": ago(hours),
            "destination": {"province": "上海市", "city": "上海市", "district": "徐汇区"},
            "lines": [
                {
                    "line_id": str(number),
                    "commodity": commodity,
                    "title": commodity,
                    "quantity": 5,
                    "unit": "kg",
                    "paid": cny(paid),
                }
                for number, (commodity, paid) in enumerate(lines, 1)
            ],
            "freight": cny(0),
            "waybills": [{"carrier": "SF", "number": f"W-{order_id}", "leg": 1}],
            "payment": {"channel": "sandbox", "transaction_id": f"T-{order_id}"},
            "status": "paid",
        }
        if "replaced_lines" in more:
            body["lines"] = more.pop("replaced_lines")
        answer = self.call("orders", "PUT", f"/v1/orders/{order_id}", body | more)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return order_id

    def scans(
        self, order_id: str, *steps: tuple[float, str], carrier: str = "SF", number: str = "", **more: Any
    ) -> None:
        """Post a parcel's scans, each so many hours ago; `more` goes to every one of them."""
        events = [
            {"carrier": carrier, "number": number or f"W-{order_id}", "event_time": ago(hours), "step": step, **more}
            for hours, step in steps
        ]
        answer = self.call("orders", "POST", "/v1/tracking", {"events": events})
        assert answer.status_code < 300, answer.get_data(as_text=True)

    def photo(self, name: str = "rotten-apples-1.png") -> str:
        """Upload a photo of the goods, a real one where they lie beside the checkout, and return its id."""
        data = picture(name)
        media_type = "image/png" if name.endswith("png") else "image/jpeg"
        headers = {
            "Authorization": f"Bearer {self._token('app')}",
            "Idempotency-Key": secrets.token_hex(8),
            "Content-Type": media_type,
        }
        answer = self.http.post("/v1/evidence?kind=goods", data=data, headers=headers)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return str(answer.get_json()["id"])

    def claim(self, order_id: str, cause: str = "rotten", *, share_bp: int = 10_000, **more: Any) -> str:
        """Post a claim on line 1 with one photo (other `evidence` may be given) and return its id."""
        body = {
            "order_id": order_id,
            "line_id": "1",
            "cause": cause,
            "affected": {"share_bp": share_bp},
            "requested_resolution": "refund_only",
            "evidence": more.pop("evidence", None) if "evidence" in more else [self.photo()],
        }
        answer = self.call("app", "POST", "/v1/claims", body | more)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return str(answer.get_json()["id"])

    def read(self, claim_id: str) -> Json:
        """Read a claim as a reviewer."""
        answer = self.call("reviewer", "GET", f"/v1/claims/{claim_id}")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return dict(answer.get_json())

    def settle(self, claim_id: str) -> Json:
        """Do all due work, then read the claim."""
        self.work()
        return self.read(claim_id)

    def act(self, role: str, claim_id: str, action: str, **body: Any) -> Json:
        """Take an action in a role and return the claim after it."""
        answer = self.call(role, "POST", f"/v1/claims/{claim_id}/{action}", body)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return dict(answer.get_json())

    def only_claim_of(self, order_id: str) -> Json:
        """Return the one claim of an order."""
        [claim] = self.call("reviewer", "GET", f"/v1/claims?order_id={order_id}").get_json()["data"]
        return dict(claim)

    def balance(self, order_id: str) -> Json:
        """Return the balance of the order's farmer in CNY."""
        farmer = f"farmer-{order_id}"
        [balance] = self.call(farmer, "GET", f"/v1/farmers/{farmer}/balance").get_json()["balances"]
        return dict(balance)

    def work(self) -> int:
        """Do all due work."""
        return do_all_work(self.parts)

    def drift(self) -> int:
        """Return by how much the ledger fails to sum to zero."""
        with self.parts.db.transaction() as conn:
            return ledger.drift(conn)

    def sql(self, statement: str, *values: Any) -> list[Json]:
        """Look into the database, or move a deadline into the past."""
        with self.parts.db.transaction() as conn:
            cursor = conn.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def _token(self, role: str) -> str:
        if role not in self.tokens:
            farmer = role if role.startswith("farmer-") else None
            admitted = admit_client(
                self.parts.db, role, "farmer" if farmer else role, secrets.token_urlsafe(32), farmer_id=farmer
            )
            self.tokens[role] = admitted.token
        return self.tokens[role]


def open_market(parts: Parts) -> Market:
    """Open the market on a test's parts; nothing is nudged, work is done when a story says so."""
    return Market(parts, create_app(parts, lambda kinds: None).test_client())


def ago(hours: float) -> str:
    """An RFC 3339 time so many hours before now."""
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def cny(amount: int) -> Json:
    """Money in minor units."""
    return {"amount": amount, "currency": "CNY"}


def picture(name: str) -> bytes:
    """A real photo, or a drawn one where the folder of real photos is absent."""
    real = REAL_PHOTOS / name
    if real.exists():
        return real.read_bytes()
    out = BytesIO()
    Image.new("RGB", (320, 240), (150, 60, 40)).save(out, "PNG" if name.endswith("png") else "JPEG")
    return out.getvalue()
