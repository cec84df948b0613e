"""What a flow sees of a refund channel: transfers, answers and notices, without any I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

NOTICE_PATH = "/v1/refunds/{channel}/notices"

Clock = Callable[[], float]
"""Seconds since 1970, as `time.time` gives them."""


class Purpose(StrEnum):
    """Why money moves: back to a buyer, as amends to a buyer, or to a farmer for sales."""

    REFUND = "refund"
    COMPENSATION = "compensation"
    PAYOUT = "payout"


class Outcome(StrEnum):
    """What is known about a transfer; only `done` and `refused` are final.

    After `unknown` the money may have moved or not: send again under the same transfer id, never a new one.
    """

    DONE = "done"
    REFUSED = "refused"
    PENDING = "pending"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One movement of money, keyed for ever by its id.

    `amount` is in minor units of `currency`, `payee` a buyer or farmer id, `transaction_id` the payment that
    a refund undoes.
    """

    transfer_id: str
    purpose: Purpose
    amount: int
    currency: str
    payee: str
    transaction_id: str | None
    reason: str

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError(
                f"transfer {self.transfer_id} moves {self.amount} {self.currency};"
                " an amount is at least 1 minor unit: leave out transfers of nothing"
            )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a channel says about a transfer; `reference` is the payment service's own id of it.

    `for_good`: it knows this id and has refused it for ever. Any other refusal says that what was put is no transfer.
    """

    outcome: Outcome
    reference: str | None
    because: str
    for_good: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified callback; compare `amount` (minor units) and `currency` before believing the answer."""

    transfer_id: str
    amount: int
    currency: str
    answer: Answer


class NoticeRefused(Exception):
    """A callback that proves nothing, because its signature or its body does not hold."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


class RefundChannel(Protocol):
    """A way to move money that can be asked as often as wanted about the same transfer id."""

    @property
    def name(self) -> str: ...

    def send(self, transfer: Transfer) -> Answer:
        """Move the money once, however often it is called; network trouble is `unknown`, not an exception."""
        ...

    def ask(self, transfer: Transfer) -> Answer:
        """Read how the transfer stands without moving anything; one that never arrived is `unknown`."""
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verify a callback on its raw bytes; raises NoticeRefused with the reason."""
        ...


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """Where the payment services are; a channel without a URL stays closed.

    Secrets are comma separated texts (see signature.parse_secrets), `notify_base_url` is this service's own
    origin as the payment services reach it, `timeout_seconds` bounds connecting and each wait for an answer.
    """

    bank_url: str | None
    bank_secret: str = field(repr=False)
    payment_url: str | None
    payment_secret: str = field(repr=False)
    notify_base_url: str
    timeout_seconds: float

    def notify_url(self, channel: str) -> str:
        """Where the payment service behind a channel calls back."""
        return self.notify_base_url.rstrip("/") + NOTICE_PATH.format(channel=channel)
