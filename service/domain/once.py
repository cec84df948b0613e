"""What several rules of one claim ask for is worked out once."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from service.domain.facts import Facts
from service.domain.policy import Policy

T = TypeVar("T")


def once_a_claim(work_out: Callable[[Facts, Policy], T]) -> Callable[[Facts, Policy], T]:
    """Keep the last answer: the rules of a claim ask one after the other, of the same facts and the same policy.

    Both are frozen, so the same two objects always give the same answer.
    """
    last: tuple[Facts, Policy, T] | None = None

    @wraps(work_out)
    def answer(facts: Facts, policy: Policy) -> T:
        nonlocal last
        kept = last
        if kept is None or kept[0] is not facts or kept[1] is not policy:
            kept = last = (facts, policy, work_out(facts, policy))
        return kept[2]

    return answer
