"""Ids: a prefix that names the kind, then a time-ordered UUID (version 7, RFC 9562)."""

from collections.abc import Callable

NewId = Callable[[str], str]
"""Makes an id for a prefix such as `clm`; the clock and the randomness behind it belong to the caller."""


def make_id(prefix: str, milliseconds: int, randomness: bytes) -> str:
    """Return `prefix_` and 32 hex digits from Unix milliseconds and 10 random bytes."""
    tail = int.from_bytes(randomness[:10], "big")
    high = (milliseconds & (1 << 48) - 1) << 16 | 0x7000 | tail >> 68
    low = 0b10 << 62 | tail & (1 << 62) - 1
    return f"{prefix}_{high:016x}{low:016x}"
