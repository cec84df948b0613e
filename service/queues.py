"""The kinds of work, how much of each is taken at once, and which queue wakes its workers."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Kind(StrEnum):
    """A step that can be due; the subject is the id of what it is about (a parcel: carrier and number)."""

    INSPECT_EVIDENCE = "inspect_evidence"
    DECIDE_CLAIM = "decide_claim"
    ATTRIBUTE_CLAIM = "attribute_claim"
    REFUND_BUYER = "refund_buyer"
    FOLLOW_PARCEL = "follow_parcel"
    CHECK_SHIPPING = "check_shipping"
    RELEASE_SALE = "release_sale"
    PAY_FARMER = "pay_farmer"
    DELIVER_WEBHOOK = "deliver_webhook"
    EXPIRE_COUPON = "expire_coupon"
    REMIND_FILING = "remind_filing"
    READ_PAYLOAD = "read_payload"
    ASK_CARRIER = "ask_carrier"


class Queue(StrEnum):
    """Queues by kind of work, so that photos, a slow bank, a slow provider or a dead webhook never delay a decision."""

    DECISIONS = "decisions"
    MONEY = "money"
    PHOTOS = "photos"
    WEBHOOKS = "webhooks"
    CARRIERS = "carriers"


@dataclass(frozen=True, slots=True)
class Terms:
    """How a kind is worked: its queue, rows a lease, the lease's length, and attempts before it is parked.

    A lease outlasts its batch even when every call in it runs into its limit (5 s for the bank, 10 s for a provider of
    tracking, 15 s for a photo, and for a webhook a turn of 5 s with a call of 10 s), and is short enough that what a
    dead worker held is done again within a minute.
    """

    queue: Queue
    batch: int
    lease_seconds: int
    attempts_cap: int


TERMS: dict[Kind, Terms] = {
    Kind.INSPECT_EVIDENCE: Terms(Queue.PHOTOS, batch=1, lease_seconds=40, attempts_cap=5),
    Kind.DECIDE_CLAIM: Terms(Queue.DECISIONS, batch=100, lease_seconds=30, attempts_cap=8),
    Kind.ATTRIBUTE_CLAIM: Terms(Queue.DECISIONS, batch=50, lease_seconds=30, attempts_cap=8),
    Kind.FOLLOW_PARCEL: Terms(Queue.DECISIONS, batch=50, lease_seconds=30, attempts_cap=8),
    Kind.CHECK_SHIPPING: Terms(Queue.DECISIONS, batch=50, lease_seconds=30, attempts_cap=8),
    Kind.RELEASE_SALE: Terms(Queue.DECISIONS, batch=50, lease_seconds=30, attempts_cap=8),
    Kind.REFUND_BUYER: Terms(Queue.MONEY, batch=4, lease_seconds=30, attempts_cap=300),
    Kind.PAY_FARMER: Terms(Queue.MONEY, batch=4, lease_seconds=30, attempts_cap=300),
    Kind.DELIVER_WEBHOOK: Terms(Queue.WEBHOOKS, batch=16, lease_seconds=60, attempts_cap=20),
    Kind.EXPIRE_COUPON: Terms(Queue.DECISIONS, batch=50, lease_seconds=30, attempts_cap=8),
    Kind.REMIND_FILING: Terms(Queue.DECISIONS, batch=50, lease_seconds=30, attempts_cap=8),
    Kind.READ_PAYLOAD: Terms(Queue.CARRIERS, batch=5, lease_seconds=40, attempts_cap=8),
    Kind.ASK_CARRIER: Terms(Queue.CARRIERS, batch=2, lease_seconds=40, attempts_cap=8),
}

KINDS: dict[Queue, tuple[Kind, ...]] = {
    queue: tuple(kind for kind in Kind if TERMS[kind].queue is queue) for queue in Queue
}
"""The kinds of each queue, the one that people wait for first."""

LONGEST_BACKOFF_SECONDS = 300

OPEN_CLAIM_PAUSE = timedelta(hours=1)
"""How long a sale whose window has closed is put back while a claim on it is open."""


def backoff_seconds(attempts: int) -> int:
    """Return the pause after the given number of failed attempts: 1, 2, 4, ... up to five minutes."""
    return int(min(2 ** max(attempts - 1, 0), LONGEST_BACKOFF_SECONDS))
