"""The ways in which the bank misbehaves on request, the same way again for the same seed."""

import hashlib
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FaultKind(StrEnum):
    """What can go wrong with a transfer that is put."""

    SLOW = "slow"
    TIMEOUT_AFTER_SUCCESS = "timeout_after_success"
    ERROR_500 = "error_500"
    ERROR_500_AFTER_SUCCESS = "error_500_after_success"
    REFUSE = "refuse"
    PROCESSING = "processing"
    DUPLICATE_CALLBACK = "duplicate_callback"
    NO_CALLBACK = "no_callback"


USUAL_SECONDS = {FaultKind.SLOW: 1.0, FaultKind.TIMEOUT_AFTER_SUCCESS: 30.0, FaultKind.PROCESSING: 1.0}
LONGEST_SECONDS = 3600.0


class InvalidFault(Exception):
    """A fault that the bank does not know how to commit."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave, at most `count` times (None: until cleared), each with `probability` 0 to 1.

    `seconds` is how long a slow answer, a hanging connection or the processing of a transfer lasts.
    """

    kind: FaultKind
    count: int | None
    probability: float
    seed: int
    seconds: float

    def strikes(self, transfer_id: str, attempt: int) -> bool:
        """Whether it hits this attempt: drawn from the seed, whatever the order in which transfers arrive."""
        drawn = hashlib.sha256(f"{self.seed}:{self.kind}:{transfer_id}:{attempt}".encode()).digest()
        return int.from_bytes(drawn[:8]) < self.probability * 2**64


def read_fault(fields: Mapping[str, Any], fresh_seed: int) -> Fault:
    """The fault asked for; raises InvalidFault, naming the field and what it may be."""
    try:
        kind = FaultKind(str(fields.get("fault")))
    except ValueError:
        raise InvalidFault(f"fault must be one of {', '.join(FaultKind)}") from None
    count = fields.get("count")
    if count is not None and (type(count) is not int or count < 1):
        raise InvalidFault("count must be a whole number from 1, or null for until cleared")
    seed = fields.get("seed")
    if seed is not None and type(seed) is not int:
        raise InvalidFault("seed must be a whole number")
    return Fault(
        kind=kind,
        count=count,
        probability=_number(fields, "probability", usual=1.0, largest=1.0),
        seed=fresh_seed if seed is None else seed,
        seconds=_number(fields, "seconds", usual=USUAL_SECONDS.get(kind, 0.0), largest=LONGEST_SECONDS),
    )


class FaultBook:
    """The faults in force, counted down as they strike."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[Fault, int | None] = {}
        self._attempts: Counter[str] = Counter()

    def add(self, fault: Fault) -> None:
        """Begin to misbehave; the same fault again starts its count anew."""
        with self._lock:
            self._left[fault] = fault.count

    def clear(self) -> None:
        """Behave again, and count attempts anew so that a seed gives the same run."""
        with self._lock:
            self._left.clear()
            self._attempts.clear()

    def in_force(self) -> list[Fault]:
        """The faults that can still strike."""
        with self._lock:
            return list(self._left)

    def draw(self, transfer_id: str) -> dict[FaultKind, float]:
        """What goes wrong with this attempt at a transfer, and for how many seconds."""
        with self._lock:
            if not self._left:
                return {}
            self._attempts[transfer_id] += 1
            attempt = self._attempts[transfer_id]
            struck = [fault for fault in self._left if fault.strikes(transfer_id, attempt)]
            for fault in struck:
                self._count_down(fault)
            return {fault.kind: fault.seconds for fault in struck}

    def _count_down(self, fault: Fault) -> None:
        left = self._left[fault]
        if left == 1:
            del self._left[fault]
        elif left is not None:
            self._left[fault] = left - 1


def _number(fields: Mapping[str, Any], name: str, usual: float, largest: float) -> float:
    value = fields.get(name)
    if value is None:
        return usual
    if type(value) not in (int, float) or not 0 <= value <= largest:
        raise InvalidFault(f"{name} must be a number from 0 to {largest:g}")
    return float(value)
