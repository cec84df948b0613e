"""Orders, scans, photos and claims as tests need them, brought in through the service's own flows."""

import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import urllib3
from PIL import Image

from schemas.vocabulary import Action, ExceptionCause, Party, Step
from service.domain.order import Line, Order
from service.domain.parcel import Scan, Waybill
from service.flows.act_on_claim import Actor, Move, act_on_claim
from service.flows.admit_client import admit_client
from service.flows.answer_once import Answered, Refusal, Request
from service.flows.hear_carrier import event_of, hear_carrier
from service.flows.open_claim import open_claim
from service.flows.receive_evidence import Received, keep_photo, note_photos
from service.flows.receive_order import receive_order
from service.store import claims, ledger
from service.store.intake import Intake
from service.store.orders import Upsert
from service.wiring.parts import Parts

FARMER = "farmer-zhao"
BUYER = "buyer-li"
CARRIER = "sf"


def ago(hours: float) -> datetime:
    """A moment in the past; deadlines use the database's clock, so a story's past is chosen, never waited for."""
    return datetime.now(UTC) - timedelta(hours=hours)


def line(line_id: str = "1", *, paid: int = 1990, freight: int = 0, commodity: str = "strawberry") -> Line:
    """Two boxes of strawberries for 19.90."""
    return Line(line_id, commodity, f"{commodity}, 500 g", Decimal(2), "box", paid, freight)


def order(order_id: str = "order-1", *, paid_hours_ago: float = 60, **changes: Any) -> Order:
    """A paid order of one line, under one waybill that bears the order's id; nothing has been scanned yet."""
    made = Order(
        order_id=order_id,
        version=1,
        buyer_id=BUYER,
        buyer_senior=False,
        farmer_id=FARMER,
        farmer_name="赵家果园",
        currency="CNY",
        paid_at=ago(paid_hours_ago),
        ship_by=None,
        presale=False,
        province="浙江省",
        payment_channel="sandbox",
        transaction_id=f"txn-{order_id}",
        status="paid",
        lines=(line(),),
        waybills=(Waybill(CARRIER, order_id),),
        snapshot={},
    )
    return _pictured(replace(made, **changes))


def newer(earlier: Order, **changes: Any) -> Order:
    """The order's next version."""
    return _pictured(replace(earlier, version=earlier.version + 1, **changes))


def scan(number: str, step: Step, hours_ago: float, cause: ExceptionCause | None = None) -> Scan:
    """One event of the parcel with this number."""
    return Scan(CARRIER, number, ago(hours_ago), step, cause)


def journey(number: str = "order-1", *, picked_up: float = 50, delivered: float = 10) -> tuple[Scan, ...]:
    """A parcel that travelled without trouble, in hours ago."""
    return scan(number, Step.PICKED_UP, picked_up), scan(number, Step.DELIVERED, delivered)


def photo_bytes(number: int = 1) -> bytes:
    """A small JPEG, another one for every number."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (number % 256, 40, number // 256 % 256)).save(out, "JPEG")
    return out.getvalue()


def admitted(parts: Parts, role: str = "app", farmer_id: str | None = None) -> str:
    """The id of a new client in a role."""
    return admit_client(parts.db, role, role, secrets.token_urlsafe(32), farmer_id=farmer_id).client_id


@dataclass(frozen=True, slots=True)
class Season:
    """The service with an app and an order service admitted; `app` is the client that claims."""

    parts: Parts
    app: str

    def put(self, wanted: Order, *scans: Scan) -> Upsert:
        """Receive an order and what the carrier saw of it."""
        result = receive_order(self.parts.db, self.parts.library, wanted, self.app)
        if scans:
            self.hear(*scans)
        return result

    def hear(self, *scans: Scan) -> int:
        """Receive tracking events; how many were new."""
        events = [event_of(one, zone_source="given", provider="canonical") for one in scans]
        return hear_carrier(self.parts.db, events)

    def upload(self, data: bytes | None = None, kind: str = "goods") -> str:
        """Receive a photo (a sound one unless given) and return its id; it is not decoded yet."""
        sent = photo_bytes() if data is None else data
        kept = keep_photo(self.parts.photos, sent, kind, 1 << 20, self.parts.deciding.new_id)
        assert isinstance(kept, Received)
        with self.parts.db.autocommit() as conn:
            note_photos(conn, self.app, [kept])
        return kept.evidence_id

    def intake(self, order_id: str = "order-1", **changes: Any) -> Intake:
        """A claim as asked for: half of line 1 is rotten, money back, no photo yet."""
        asked = Intake(
            claim_id=self.parts.deciding.new_id("clm"),
            client_id=self.app,
            order_id=order_id,
            line_id="1",
            cause="rotten",
            affected={"share_bp": changes.get("asked_bp", 5000)},
            asked_bp=5000,
            quantity=None,
            requested_resolution="refund_only",
            note="",
            evidence_ids=(),
            key=secrets.token_hex(16),
            request_sha256=b"s" * 32,
        )
        return replace(asked, **changes)

    def claim(self, order_id: str = "order-1", **changes: Any) -> str:
        """Open a claim and return its id."""
        opened = open_claim(self.parts.db, self.intake(order_id, **changes))
        assert isinstance(opened, Answered), opened
        return str(opened.body["claim_id"])

    def act(self, claim_id: str, by: Party, action: Action, **carried: Any) -> Answered | Refusal:
        """Take an action on a claim, under a key of its own."""
        request = Request(self.app, secrets.token_hex(16), b"s" * 32)
        move = Move(action, **carried)
        return act_on_claim(
            self.parts.db, self.parts.deciding, request, Actor(self.app, by, f"{by} Wang"), claim_id, move
        )

    def read(self, claim_id: str) -> dict[str, Any]:
        """The claim's row with its parts."""
        with self.parts.db.autocommit() as conn:
            found = claims.find(conn, claim_id)
        assert found
        return found

    def balance(self, account: str) -> int:
        """What an account holds, in fen."""
        with self.parts.db.autocommit() as conn:
            return sum(row["balance"] for row in ledger.balances(conn, [account]))

    def hasten(self) -> None:
        """Make everything that waits for its time due now, as if that time had come."""
        self.rows("UPDATE work SET due_at = now() WHERE parked_at IS NULL AND lease_id IS NULL AND due_at > now()")

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """What a statement of the test's own returns, its values in order or one mapping; also turns back a clock."""
        named = values[0] if values and isinstance(values[0], dict) else values
        with self.parts.db.autocommit() as conn:
            done = conn.execute(statement, named)
            return done.fetchall() if done.description is not None else []


@dataclass(frozen=True, slots=True)
class BankAtHand:
    """What a test may do to the sandbox bank beside sending transfers."""

    url: str
    secret: str

    def misbehave(self, fault: str, **how: Any) -> None:
        """Ask for a fault, such as `timeout_after_success` with `count` 1."""
        self._call("POST", "/v1/faults", {"fault": fault, **how})

    def behave(self) -> None:
        """Take all faults back."""
        self._call("DELETE", "/v1/faults")

    def effects(self) -> list[dict[str, Any]]:
        """Every movement of money, oldest first."""
        moved: list[dict[str, Any]] = []
        while page := self._call("GET", f"/v1/transfers?limit=200&after={_cursor(moved)}")["data"]:
            moved += page
        return moved

    def _call(self, method: str, target: str, fields: Any = None) -> dict[str, Any]:
        answer = urllib3.request(
            method,
            self.url + target,
            json=fields,
            headers={"authorization": f"Bearer {self.secret}"},
            retries=False,
            timeout=5,
        )
        assert answer.status < 300, answer.data
        return dict(answer.json()) if answer.data else {}


def _cursor(moved: Sequence[dict[str, Any]]) -> str:
    return str(moved[-1]["cursor"]) if moved else "0"


def _pictured(wanted: Order) -> Order:
    """The snapshot is the text as it came: another one whenever anything in it changes."""
    content = {name: str(getattr(wanted, name)) for name in Order.__slots__ if name != "snapshot"}
    return replace(wanted, snapshot=content)
