"""The words of the API, published as a contract: a word here may be added, never renamed."""

from enum import StrEnum


class Cause(StrEnum):
    """What the buyer says is wrong."""

    ROTTEN = "rotten"
    DAMAGED = "damaged"
    SHORT = "short"
    MISSING = "missing"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    NOT_SHIPPED = "not_shipped"
    LATE = "late"
    LOST = "lost"
    CHEAPER_ELSEWHERE = "cheaper_elsewhere"


class Resolution(StrEnum):
    """What the buyer asks for, and what is granted."""

    REFUND_ONLY = "refund_only"
    RETURN_AND_REFUND = "return_and_refund"
    COMPENSATION = "compensation"
    REPLACEMENT = "replacement"


class Status(StrEnum):
    """Where a claim stands."""

    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    NEEDS_ACTION = "needs_action"
    APPROVED = "approved"
    APPROVED_PARTIAL = "approved_partial"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Stage(StrEnum):
    """Which instance is looking at a claim."""

    CLAIM = "claim"
    MEDIATION = "mediation"
    APPEAL = "appeal"


class WaitingOn(StrEnum):
    """Whose move it is."""

    NONE = "none"
    BUYER = "buyer"
    FARMER = "farmer"
    CARRIER = "carrier"
    PLATFORM = "platform"


class RefundStatus(StrEnum):
    """How far the money to the buyer has come; `unknown` means the bank did not answer and is asked again."""

    NONE = "none"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class CouponStatus(StrEnum):
    """Where a coupon stands; one whose order is cancelled is issued again."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    EXPIRED = "expired"


class RecoveryStatus(StrEnum):
    """How far a carrier's debt for a claim has come; cancelled: its charge was taken back."""

    DUE = "due"
    FILED = "filed"
    PARTLY_RECOVERED = "partly_recovered"
    RECOVERED = "recovered"
    REFUSED = "refused"
    WRITTEN_OFF = "written_off"
    CANCELLED = "cancelled"


class Party(StrEnum):
    """Who can bear a cost."""

    FARMER = "farmer"
    CARRIER = "carrier"
    PLATFORM = "platform"
    BUYER = "buyer"


class OpenedBy(StrEnum):
    """Who noticed: the buyer, or the service itself."""

    BUYER = "buyer"
    SYSTEM = "system"


class Step(StrEnum):
    """A step of a parcel, in the words every carrier is translated to."""

    LABEL_CREATED = "label_created"
    PICKED_UP = "picked_up"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    STATION_DROP = "station_drop"
    ATTEMPT_FAILED = "attempt_failed"
    RETURNING = "returning"
    RETURNED = "returned"
    EXCEPTION = "exception"


class ExceptionCause(StrEnum):
    """Why a parcel step is an exception."""

    DAMAGED = "damaged"
    DELAYED = "delayed"
    LOST = "lost"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    ADDRESS = "address"
    OVERDUE_PICKUP = "overdue_pickup"
    CUSTOMS = "customs"
    WEATHER = "weather"
    TEMPERATURE = "temperature"


class Air(StrEnum):
    """Which air a temperature was taken in: blown in cold, or drawn back past the goods."""

    SUPPLY = "supply"
    RETURN = "return"


class EvidenceKind(StrEnum):
    """What a photo is said to show."""

    GOODS = "goods"
    PACKAGE = "package"
    WAYBILL = "waybill"
    PACKING = "packing"
    PRICE = "price"
    OTHER = "other"


class Action(StrEnum):
    """What can be done with a claim."""

    EVIDENCE = "evidence"
    RESPOND = "respond"
    ESCALATE = "escalate"
    APPROVE = "approve"
    REJECT = "reject"
    REQUEST_INFO = "request-info"
    APPEAL = "appeal"
    CANCEL = "cancel"


class Scope(StrEnum):
    """What a client's token may do."""

    ORDERS_WRITE = "orders:write"
    TRACKING_WRITE = "tracking:write"
    EVIDENCE_WRITE = "evidence:write"
    CLAIMS_WRITE = "claims:write"
    CLAIMS_READ = "claims:read"
    CLAIMS_RESPOND = "claims:respond"
    CLAIMS_REVIEW = "claims:review"
    FARMER_READ = "farmer:read"
    PAYOUTS_WRITE = "payouts:write"
    COUPONS_READ = "coupons:read"
    COUPONS_WRITE = "coupons:write"
    RECOVERIES_READ = "recoveries:read"
    RECOVERIES_WRITE = "recoveries:write"
    WORK_ADMIN = "work:admin"
    EVENTS_READ = "events:read"
    EVENTS_ALL = "events:all"
    WEBHOOKS_WRITE = "webhooks:write"


class EventType(StrEnum):
    """What happened: the noun it happened to, and what became of it."""

    CLAIM_OPENED = "claim.opened"
    CLAIM_NEEDS_ACTION = "claim.needs_action"
    CLAIM_IN_REVIEW = "claim.in_review"
    CLAIM_APPROVED = "claim.approved"
    CLAIM_REJECTED = "claim.rejected"
    CLAIM_CANCELLED = "claim.cancelled"
    CLAIM_REFUNDED = "claim.refunded"
    REFUND_FAILED = "refund.failed"
    REFUND_REPLACED = "refund.replaced"
    CHARGE_POSTED = "charge.posted"
    CHARGE_REVERSED = "charge.reversed"
    PAYOUT_CREATED = "payout.created"
    PAYOUT_PAID = "payout.paid"
    PAYOUT_FAILED = "payout.failed"
    COUPON_ISSUED = "coupon.issued"
    COUPON_REDEEMED = "coupon.redeemed"
    COUPON_RESTORED = "coupon.restored"
    COUPON_EXPIRED = "coupon.expired"
    RECOVERY_OPENED = "recovery.opened"
    RECOVERY_CHANGED = "recovery.changed"
    WEBHOOK_TEST = "webhook.test"


class WebhookStatus(StrEnum):
    """How a webhook fares; a failing one is still tried, a disabled one waits to be enabled."""

    ENABLED = "enabled"
    FAILING = "failing"
    DISABLED = "disabled"


class DeliveryStatus(StrEnum):
    """How far one event has come to one webhook; `failed` after the last attempt."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
