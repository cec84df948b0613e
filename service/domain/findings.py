"""What a rule answers."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a finding asks for; the first one of a claim that is not PASS decides it."""

    PASS = "pass"
    REFUSE = "refuse"
    WAIT = "wait"
    ASK_BUYER = "ask_buyer"
    ASK_FARMER = "ask_farmer"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's result, with the sentence that buyer, farmer and carrier can check."""

    rule: str
    verdict: Verdict
    because: str
