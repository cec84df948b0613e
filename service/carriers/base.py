"""What a flow sees of a provider of tracking: pushes read into scans, its answers, and questions put to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from service.carriers.codes import Codes
from service.domain.parcel import Scan


class ZoneSource(StrEnum):
    """Whether a time came with its zone, or was taken to be in the provider's own."""

    GIVEN = "given"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Account:
    """One account at a provider; `secrets` are all live at once (two while one replaces the other), newest first.

    `customer` is the name under which the provider knows us, where its protocol has one. `query_key` signs questions
    where the provider wants another secret for them than for its pushes.
    """

    account_id: str
    provider: str
    secrets: tuple[str, ...] = field(repr=False)
    customer: str = ""
    query_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Push:
    """A provider's call as it came: the raw bytes that were signed, and its headers by lower-case name."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """One event of a provider in canonical words, with its own code and text kept beside them.

    An unknown code has a scan without a step: it is kept and counted, and decides nothing. A reading has no step
    either, but °C, and `device` is what took it.
    """

    scan: Scan
    zone_source: ZoneSource
    raw_code: str
    raw_text: str
    place: str | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider wants to hear back, to the byte."""

    status: int
    media_type: str
    body: bytes


class Verdict(StrEnum):
    """What became of a push: on disk, refused for good, or not taken now and wanted again."""

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"


class PushRefused(Exception):
    """A push is not signed as its account demands; nothing of it is read. `because` never names a secret."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


class PushUnreadable(Exception):
    """A signed push is not in the provider's form; `because` names the place and what was expected there."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


class Provider(Protocol):
    """A provider that calls us.

    `weakly_signed`: its scheme proves little (MD5, none), so money above the policy's amount waits for a query.
    `codes` is its table; a code that is not in it is unknown.
    """

    name: str
    weakly_signed: bool
    codes: Codes

    def admit(self, push: Push, account: Account) -> None:
        """Check the signature on the raw bytes, in constant time; raises PushRefused."""
        ...

    def read(self, body: bytes) -> Sequence[Heard]:
        """Read a push's raw bytes, again years later if need be; raises PushUnreadable and nothing else."""
        ...

    def answer(self, verdict: Verdict, because: str, account: Account, at: datetime) -> Answer:
        """Return the provider's own documented answer, given `at` that moment."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """Which parcel is asked about; `phone_tail` is the last digits that some carriers demand."""

    carrier: str
    number: str
    phone_tail: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """The HTTP request that puts a question: a POST of a form or of JSON, already signed."""

    url: str
    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


class QueryRefused(Exception):
    """A provider answered a question with a no; `again` tells whether asking later can help."""

    def __init__(self, because: str, *, again: bool) -> None:
        super().__init__(because)
        self.because, self.again = because, again


@runtime_checkable
class Answering(Protocol):
    """A provider that can be asked as well, at `base_url` unless its account names another place.

    `least_minutes` pass between two questions about one number.
    """

    base_url: str
    least_minutes: int

    def question(self, asked: Question, account: Account, base_url: str) -> Call:
        """Return the signed request for one parcel."""
        ...

    def read_reply(self, body: bytes) -> Sequence[Heard]:
        """Read the reply; raises QueryRefused, or PushUnreadable for what is not in the provider's form."""
        ...
