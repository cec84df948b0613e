"""An order as its service describes it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from service.domain.facts import OrderFacts
from service.domain.money import split
from service.domain.parcel import Waybill


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order; `paid` and its part of the order's `freight` in minor units."""

    line_id: str
    commodity: str
    title: str
    quantity: Decimal
    unit: str
    paid: int
    freight: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """A snapshot at a version; a later version replaces it whole.

    `snapshot` is the text as it came, `app` the client that buyers of this order use, where it is named,
    `region` the address's code (GB/T 2260), as far as it is given or its names tell it.
    """

    order_id: str
    version: int
    buyer_id: str
    buyer_senior: bool
    farmer_id: str
    farmer_name: str
    currency: str
    paid_at: datetime
    ship_by: datetime | None
    presale: bool
    province: str
    payment_channel: str
    transaction_id: str
    status: str
    lines: tuple[Line, ...]
    waybills: tuple[Waybill, ...]
    snapshot: dict[str, Any]
    app: str | None = None
    city: str = ""
    district: str = ""
    to_village: bool = False
    region: str = ""

    @property
    def total(self) -> int:
        """All that was paid, freight included, in minor units."""
        return sum(line.paid + line.freight for line in self.lines)


def freight_by_line(freight: int, paid: list[int]) -> list[int]:
    """Divide an order's freight among its lines in proportion to what was paid for each (largest remainder)."""
    return split(freight, paid)


def clocks_of(order: Order) -> OrderFacts:
    """Return the part of an order that deadlines are counted from."""
    return OrderFacts(
        order_id=order.order_id,
        farmer_id=order.farmer_id,
        currency=order.currency,
        total=order.total,
        paid_at=order.paid_at,
        status=order.status,
        province=order.province,
        presale=order.presale,
        ship_by=order.ship_by,
        city=order.city,
        district=order.district,
        to_village=order.to_village,
        region=order.region,
    )
