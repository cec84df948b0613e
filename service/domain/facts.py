"""The fact sheet: all that a decision may look at, immutable and stored with the decision."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from schemas.vocabulary import Cause, OpenedBy, Resolution
from service.domain.growth import GAINED
from service.domain.parcel import Parcel
from service.domain.tellings import Query, Telling

OUT_OF_STOCK = "out_of_stock"
"""The order service's word for an order that the farmer cannot fill."""

CANCELLED = "cancelled"
"""The order service's word for an order that was undone: what the buyer got back for it, it alone knows."""


class Answer(StrEnum):
    """What the farmer said to a claim."""

    AGREE = "agree"
    CONTEST = "contest"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A person's word on a claim: `amount` (minor units) granted, 0 for a rejection."""

    by: str
    amount: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What was asked; `asked_bp` is the share of the line that is bad, `granted` what this claim got so far."""

    claim_id: str
    opened_by: OpenedBy
    opened_at: datetime
    cause: Cause
    requested_resolution: Resolution
    asked_bp: int
    granted: int = 0


@dataclass(frozen=True, slots=True)
class LineFacts:
    """The line that the claim is about (the whole order where it names none), in minor units.

    `granted_elsewhere` is what other claims have already been granted of it.
    """

    commodity: str
    paid: int
    freight: int
    granted_elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """The order as its service describes it; `ship_by` is the promised time, if one was given."""

    order_id: str
    farmer_id: str
    currency: str
    total: int
    paid_at: datetime
    status: str
    province: str
    presale: bool = False
    ship_by: datetime | None = None
    compensated: int = 0
    compensated_by: str | None = None


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """The buyer's history before this claim; amounts in minor units."""

    buyer_id: str
    senior: bool = False
    recent_claims: int = 0
    express_today: int = 0
    express_amount_today: int = 0
    photos_asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """How many photos of the goods are readable, still undecoded, or unreadable, and what signals they raised."""

    readable: int = 0
    pending: int = 0
    unreadable: int = 0
    signals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FarmerFacts:
    """Whether the farmer was asked, until when, and what came back."""

    asked_at: datetime | None = None
    response_due_at: datetime | None = None
    answer: Answer | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything known about one claim at `as_of`, the database's time.

    `tellings` are there where several providers speak of the parcel or one proves little, `query` where one does.
    """

    as_of: datetime
    claim: ClaimFacts
    line: LineFacts
    order: OrderFacts
    buyer: BuyerFacts
    parcel: Parcel
    photos: PhotoFacts
    farmer: FarmerFacts
    ruling: Ruling | None = None
    escalated: bool = False
    tellings: tuple[Telling, ...] = field(default=(), metadata=GAINED)
    query: Query | None = field(default=None, metadata=GAINED)

    @property
    def line_total(self) -> int:
        """What was paid for the line with its part of the freight, in minor units."""
        return self.line.paid + self.line.freight

    @property
    def left(self) -> int:
        """What can still be granted on the line, this claim's own grants included, in minor units."""
        return max(self.line_total - self.line.granted_elsewhere, 0)

    @property
    def since_payment(self) -> timedelta:
        """From payment to the moment the claim was opened."""
        return self.claim.opened_at - self.order.paid_at
