"""Orders and claims of the plain market, and how it divides amounts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Any

OPEN = ("submitted", "needs_action", "in_review")
APPEAL_HOURS = 7 * 24


def half_up(exact: Fraction) -> int:
    """Whole fen, a half rounded up."""
    return floor(exact + Fraction(1, 2))


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Divide in proportion: everyone the whole fen of the exact part, what is left over to the largest fractions."""
    whole = sum(weights)
    exact = [Fraction(total * w, whole) if whole else Fraction(total * (n == 0)) for n, w in enumerate(weights)]
    parts = [floor(part) for part in exact]
    behind = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in behind[: total - sum(parts)]:
        parts[n] += 1
    return parts


@dataclass(eq=False)
class Order:
    """An order of lines under one waybill; None is a scan that has not come."""

    order_id: str
    buyer: str
    paid_at: float
    paid: list[int]
    freight: list[int]
    picked_up: float | None = None
    delivered: float | None = None
    refused: float | None = None
    status: str = "paid"
    credited: int = 0
    is_released: bool = False
    compensated_by: "Claim | None" = None

    @property
    def total(self) -> int:
        """Goods and freight."""
        return sum(self.paid) + sum(self.freight)

    @property
    def compensated(self) -> int:
        """What the order's claim for a missed deadline was granted."""
        return self.compensated_by.granted if self.compensated_by else 0

    @property
    def ship_by(self) -> float:
        """48 hours from payment."""
        return self.paid_at + 48

    @property
    def severe_at(self) -> float:
        """72 hours from payment."""
        return self.paid_at + 72

    def reprice(self, paid: Sequence[int], freight: int) -> None:
        """Other amounts for the same lines."""
        self.paid, self.freight = list(paid), spread(freight, paid)


@dataclass(eq=False)
class Claim:
    """A claim; `line` None is the whole order, `looked_at` the times at which a deadline of its own ends."""

    order_id: str
    line: int | None
    cause: str
    asked_bp: int
    compensation: bool = False
    by_system: bool = False
    photos: int = 0
    claim_id: str | None = None
    opened_at: float = 0
    requested: int = 0
    status: str = "submitted"
    detail: str = "received"
    stage: str = "claim"
    waiting_on: str = "none"
    guarantee: str | None = None
    granted: int = 0
    farmer_bears: int = 0
    by_line: Counter[int] = field(default_factory=Counter)
    called_in: bool = False
    answer: str | None = None
    ruled: int | None = None
    asked_buyer_at: float | None = None
    asked_farmer_at: float | None = None
    due_at: float | None = None
    decided_at: float | None = None
    appealed_by: set[str] = field(default_factory=set)
    looked_at: list[float] = field(default_factory=list)

    @property
    def live(self) -> bool:
        """Whether it keeps others for the same out."""
        return self.status not in ("rejected", "cancelled")

    def same_as(self, other: "Claim") -> bool:
        """Whether both claim the same: line, cause, and refund or compensation."""
        return self._subject == other._subject

    @property
    def _subject(self) -> tuple[Any, ...]:
        return self.order_id, self.line, self.cause, self.compensation

    def lines(self, order: Order) -> list[int]:
        """The lines that it is about."""
        return list(range(len(order.paid))) if self.line is None else [self.line]

    def to_person(self, detail: str) -> None:
        """To a person of the platform."""
        self.status, self.detail, self.waiting_on, self.due_at = "in_review", detail, "platform", None

    def ended(self, status: str, rule: str, now: float) -> None:
        """Decided, whoever decided."""
        self.status, self.detail, self.waiting_on, self.due_at = status, rule, "none", None
        self.decided_at, self.called_in, self.asked_farmer_at = now, False, None

    def standing(self) -> dict[str, Any]:
        """How it stands, by the names that the service has for it; what it was granted is borne in full."""
        return {
            "order_id": self.order_id,
            "status": self.status,
            "status_detail": self.detail,
            "stage": self.stage,
            "waiting_on": self.waiting_on,
            "guarantee": self.guarantee,
            "granted": self.granted,
            "borne": self.granted,
            "farmer_bears": self.farmer_bears,
        }

    def offers(self, now: float) -> set[tuple[str, str]]:
        """What can be done with it now, and by whom."""
        if self.status in OPEN:
            return self._offers_while_open()
        if self.decided_at is None or now - self.decided_at >= APPEAL_HOURS:
            return set()
        offered = set()
        if self.status == "rejected" and self.stage == "claim":
            offered.add(("escalate", "buyer"))
        if self.status in ("rejected", "approved_partial") and "buyer" not in self.appealed_by:
            offered.add(("appeal", "buyer"))
        if self.status in ("approved", "approved_partial") and "farmer" not in self.appealed_by:
            offered.add(("appeal", "farmer"))
        return offered

    def _offers_while_open(self) -> set[tuple[str, str]]:
        offered = {("evidence", "buyer")}
        if self.granted == 0:
            offered.add(("cancel", "buyer"))
        if self.waiting_on == "farmer":
            offered |= {("respond", "farmer"), ("escalate", "buyer")}
        if self.status != "submitted":
            offered |= {("approve", "platform"), ("reject", "platform")}
            if self.waiting_on != "farmer":
                offered.add(("request_info", "platform"))
        return offered
