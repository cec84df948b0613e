"""Amounts are integers in the currency's minor unit (分 for CNY); shares are basis points of 10,000."""

from collections.abc import Sequence

WHOLE_BP = 10_000


def share_of(amount: int, share_bp: int) -> int:
    """Return `share_bp` of `amount` (minor units), a half unit rounded up, in the buyer's favour."""
    return (amount * share_bp * 2 + WHOLE_BP) // (WHOLE_BP * 2)


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to `weights` so that the parts sum to it exactly.

    Largest remainder: everyone gets the floor of the exact part, the units left over go one each to the
    largest fractions, ties to the earlier weight. All-zero weights give everything to the first.

    Raises ValueError on no weights, a negative weight or a negative total.
    """
    if not weights or min(weights) < 0 or total < 0:
        raise ValueError(f"cannot split {total} by {list(weights)}: give at least one weight, none negative")
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts
