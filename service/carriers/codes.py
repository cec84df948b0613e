"""The form of a provider's table: what each of its codes means in canonical words."""

from collections.abc import Mapping
from typing import NamedTuple

from schemas.vocabulary import ExceptionCause, Step


class Meaning(NamedTuple):
    """What a code says of the parcel; without a step it is known to say nothing."""

    step: Step | None
    cause: ExceptionCause | None = None


Codes = Mapping[str, Meaning]

UNKNOWN = Meaning(None)
"""What a code means that is in no table: it is kept as it came, and decides nothing."""


def trouble(cause: ExceptionCause | None = None) -> Meaning:
    """Return the meaning of a code that reports trouble, with its cause where the code tells it."""
    return Meaning(Step.EXCEPTION, cause)
