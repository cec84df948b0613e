"""A policy as plain values; the figures themselves live in dated YAML under service/policies."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from schemas.vocabulary import Cause
from service.domain.remote import ByTier, RemoteDelivery


class WindowStart(StrEnum):
    """Which delivery scan starts the claim window."""

    HAND_OVER = "hand_over"
    STATION_DROP = "station_drop"


class PaidAs(StrEnum):
    """In what form a compensation reaches the buyer; a refund is always cash."""

    CASH = "cash"
    COUPON = "coupon"


@dataclass(frozen=True, slots=True)
class PhotosNeeded:
    """How many photos of the goods a refund of up to `up_to` minor units takes (None: any amount)."""

    up_to: int | None
    count: int


@dataclass(frozen=True, slots=True)
class RottenGuaranteed:
    """坏了包赔: what arrives bad is refunded by the share that is bad."""

    causes: tuple[Cause, ...]
    window_starts_at: WindowStart
    default_window_hours: int
    steps_bp: tuple[int, ...]
    full_refund_above_bp: int
    photos: tuple[PhotosNeeded, ...]


@dataclass(frozen=True, slots=True)
class ExpressRefund:
    """极速退款: money back before anyone argues; caps in minor units."""

    within_hours_of_payment: int
    untracked_hours: int
    order_limit: int
    buyer_day_count: int
    buyer_day_limit: int


@dataclass(frozen=True, slots=True)
class ShippingDeadline:
    """48小时发货: compensation for a missed first scan, in minor units and basis points of the order.

    `grace_seconds` after an order came in its tracking may still follow, before the deadline acts on it.
    """

    ship_within_hours: int
    grace_seconds: int
    flat: int
    flat_up_to: int
    share_bp: int
    most: int
    severe_after_hours: int
    severe_share_bp: int
    severe_least: int
    severe_most: int
    paid_as: PaidAs = PaidAs.CASH


@dataclass(frozen=True, slots=True)
class FakeShipment:
    """虚假发货: when a label without a parcel counts as not shipped, to be compensated as a missed deadline."""

    scan_hours: int
    move_hours: int
    leave_hub_hours: ByTier
    route_must_lead_to_address: bool


@dataclass(frozen=True, slots=True)
class LogisticsTrouble:
    """物流异常补贴券: what trouble on the way is worth, in minor units; of several the greatest counts.

    `late` is by started days beyond the lane's promise, its last figure holds for longer delays.
    """

    paid_as: PaidAs
    late: tuple[int, ...]
    stall_hours: int
    stalled: int
    loss_hours: int
    lost: int
    warm: int


@dataclass(frozen=True, slots=True)
class RefundOnly:
    """特殊情况仅退款: the farmer is asked; silence is consent."""

    response_hours: int
    response_hours_before_shipping: int


@dataclass(frozen=True, slots=True)
class Review:
    """When a person decides: an amount (minor units) or a number of claims that policy will not settle alone."""

    amount_above: int
    buyer_claims_above: int
    buyer_claims_days: int
    mediation_hours: int
    buyer_response_hours: int


@dataclass(frozen=True, slots=True)
class Senior:
    """银发族: longer windows, one photo enough."""

    extra_window_hours: int
    photos: int


@dataclass(frozen=True, slots=True)
class Appeal:
    """申诉: how long a decision can be contested."""

    window_days: int


@dataclass(frozen=True, slots=True)
class Payouts:
    """零佣金: how long after payment a sale is held at most when no delivery is ever reported."""

    hold_days: int


@dataclass(frozen=True, slots=True)
class Coupons:
    """补贴券: how long a coupon can be redeemed; 0 where no guarantee pays in coupons."""

    valid_days: int = 0


@dataclass(frozen=True, slots=True)
class Filing:
    """In how many days from the hand-over a carrier takes a claim."""

    filing_days: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """承运商追偿: carriers' own filing deadlines (None: not known), and how long before them somebody is reminded."""

    filing_days: int | None = None
    remind_days: int = 0
    carriers: dict[str, Filing] = field(default_factory=dict)

    def days_of(self, carrier: str) -> int | None:
        """Return a carrier's deadline in days, whatever capitals its name is written in; None if none is known."""
        named = next((own for name, own in self.carriers.items() if name.casefold() == carrier.casefold()), None)
        return named.filing_days if named else self.filing_days


@dataclass(frozen=True, slots=True)
class Lane:
    """What the carrier promises to a region: transit hours of leg 1, and of leg 2 from the hub."""

    transit_hours: int
    hub_hours: int


@dataclass(frozen=True, slots=True)
class LaneTerm:
    """Hours that a kind of produce, a season (by months) or a region adds to a lane's promise, or takes from it.

    A condition that is left empty always fits; all the terms that fit are added up.
    """

    name: str
    transit_hours: int
    hub_hours: int = 0
    commodities: tuple[str, ...] = ()
    months: tuple[int, ...] = ()
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Liability:
    """How causes weigh against each other: every party answers for its abnormal hours.

    A warm reading up to `slight_celsius` above the limit for less than `slight_hours` is slight and counts nothing.
    """

    slight_celsius: float
    slight_hours: int
    warm_least_hours: int
    damage_hours: int
    pickup_free_hours: int


@dataclass(frozen=True, slots=True)
class Carriers:
    """How far providers of tracking are believed.

    `weak_amount_above` (minor units; None: any) is what weakly signed tracking may move until a query confirms it,
    `confirm_within_hours` how long money waits for that, `apart_hours` how far two words of one scan may differ.
    """

    weak_amount_above: int | None = None
    confirm_within_hours: int = 6
    apart_hours: int = 6

    @property
    def apart(self) -> timedelta:
        """How far two words of one scan may differ."""
        return timedelta(hours=self.apart_hours)


@dataclass(frozen=True, slots=True)
class Commodity:
    """One kind of produce; `tolerance_bp` is the good-arrival share of defects after 1, 2, ... days in transit."""

    name_zh: str
    claim_window_hours: int
    warm_above_celsius: float | None
    tolerance_bp: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """All guarantees as they stand from `effective_from`; `policy_id` is the hash of the published text."""

    policy_id: str
    version: str
    effective_from: datetime
    currency: str
    rotten_guaranteed: RottenGuaranteed
    express_refund: ExpressRefund
    shipping_deadline: ShippingDeadline
    refund_only: RefundOnly
    review: Review
    senior: Senior
    appeal: Appeal
    payouts: Payouts
    liability: Liability
    default_lane: Lane
    lanes: dict[str, Lane]
    default_tolerance_bp: tuple[int, ...]
    commodities: dict[str, Commodity]
    coupons: Coupons = Coupons()
    recovery: Recovery = field(default_factory=Recovery)
    carriers: Carriers = Carriers()
    fake_shipment: FakeShipment | None = None
    logistics_trouble: LogisticsTrouble | None = None
    remote_delivery: RemoteDelivery | None = None
    lane_terms: tuple[LaneTerm, ...] = ()

    def latest_release(self, paid_at: datetime) -> datetime:
        """Return when a sale is released at the latest, if nothing about it is open."""
        return paid_at + timedelta(days=self.payouts.hold_days)

    def window(self, commodity: str, senior: bool) -> timedelta:
        """Return how long after delivery a claim can be opened."""
        known = self.commodities.get(commodity)
        hours = known.claim_window_hours if known else self.rotten_guaranteed.default_window_hours
        return timedelta(hours=hours + (self.senior.extra_window_hours if senior else 0))

    def tolerance_bp(self, commodity: str, days: int) -> int:
        """Return the share of defects with which sound produce may arrive after `days` (beyond the curve: its end)."""
        known = self.commodities.get(commodity)
        curve = (known.tolerance_bp if known else ()) or self.default_tolerance_bp
        return curve[min(max(days, 1), len(curve)) - 1]
