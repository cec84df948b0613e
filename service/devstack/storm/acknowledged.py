"""What the service has said yes to in a storm, and how often it said something else."""

import threading
from collections import Counter


class Acknowledged:
    """Claims answered with 201, and every other answer; shared by all posting threads."""

    def __init__(self) -> None:
        self.claims: dict[str, str] = {}
        self.other_answers: Counter[str] = Counter()
        self.given_up: list[str] = []
        self.slowest_seconds = 0.0
        self._lock = threading.Lock()
        self._looked = (0, 0)
        self._slowest_since = 0.0

    @property
    def retries(self) -> int:
        """How many tries got no good answer."""
        return sum(self.other_answers.values())

    def note(self, claim_id: str, order_id: str, seconds: float) -> None:
        """Note a claim that was answered with 201 so many seconds after it was first posted."""
        with self._lock:
            self.claims[claim_id] = order_id
            self.slowest_seconds = max(self.slowest_seconds, seconds)
            self._slowest_since = max(self._slowest_since, seconds)

    def note_other(self, answer: str) -> None:
        """Note a try that got no good answer: the status and code, or what the connection did."""
        with self._lock:
            self.other_answers[answer] += 1

    def note_given_up(self, why: str) -> None:
        """Note a call that was refused for good, or never answered."""
        with self._lock:
            self.given_up.append(why)

    def since_last_look(self) -> str:
        """Say how it went since this was asked last."""
        with self._lock:
            claims, retries, slowest = len(self.claims), self.retries, self._slowest_since
            before_claims, before_retries = self._looked
            self._looked, self._slowest_since = (claims, retries), 0.0
        told = f"{claims - before_claims} claims acknowledged, {claims} in all"
        told += f", slowest {slowest:.2f} s" if claims > before_claims else ""
        return told + (f"; {retries - before_retries} other answers" if retries > before_retries else "")

    def others_in_words(self) -> str:
        """Return every other answer with its count, the most frequent first."""
        return ", ".join(f"{answer} x {count}" for answer, count in self.other_answers.most_common()) or "none"

    def faults(self) -> list[str]:
        """Return what the service must never answer: a 500, or a refusal for good."""
        broken = [
            f"answered {answer} {count} times" for answer, count in self.other_answers.items() if answer[0] == "5"
        ]
        broken = [fault for fault in broken if fault.startswith("answered 500")]
        return broken + self.given_up[:10]
