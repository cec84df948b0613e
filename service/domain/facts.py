"""The fact sheet: all that a decision may look at, immutable and stored with the decision."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from schemas.vocabulary import Cause, OpenedBy, Resolution
from service.domain.growth import GAINED
from service.domain.parcel import Parcel
from service.domain.suspensions import Suspension
from service.domain.tellings import Query, Telling

OUT_OF_STOCK = "out_of_stock"
"""The order service's word for an order that the farmer cannot fill."""

CANCELLED = "cancelled"
"""The order service's word for an order that was undone: what the buyer got back for it, it alone knows."""


NOT_RECEIVED = frozenset({Cause.NOT_SHIPPED, Cause.LATE, Cause.LOST})
"""What is claimed of a parcel that the buyer does not have."""


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
    """What was asked; `asked_bp` is the share of the line that is bad, `granted` what this claim got so far.

    `granted_under` is the guarantee that granted it.
    """

    claim_id: str
    opened_by: OpenedBy
    opened_at: datetime
    cause: Cause
    requested_resolution: Resolution
    asked_bp: int
    granted: int = 0
    granted_under: str | None = field(default=None, metadata=GAINED)


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
    """The order as its service describes it; `ship_by` is the promised time, if one was given.

    `compensated` is what another claim got for what was not shipped, `subsidised` what one got for trouble on the way.
    `region` is the address's code (GB/T 2260), as far as it is known, `suspensions` the force majeure that befell it.
    """

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
    subsidised: int = field(default=0, metadata=GAINED)
    subsidised_by: str | None = field(default=None, metadata=GAINED)
    city: str = field(default="", metadata=GAINED)
    district: str = field(default="", metadata=GAINED)
    to_village: bool = field(default=False, metadata=GAINED)
    region: str = field(default="", metadata=GAINED)
    suspensions: tuple[Suspension, ...] = field(default=(), metadata=GAINED)


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
class Journey:
    """What the clocks of an order are counted from, as known at `as_of`; `commodity` is `mixed` for several kinds."""

    as_of: datetime
    order: OrderFacts
    parcel: Parcel
    commodity: str


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
    def journey(self) -> Journey:
        """The order's way from payment to hand-over."""
        return Journey(self.as_of, self.order, self.parcel, self.line.commodity)

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
