"""The bank's books: one SQLite file in which a transfer id moves money at most once, on disk at once."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.devstack.bank.instruction import Instruction

SCHEMA = Path(__file__).with_name("ledger.sql")
PLATFORM = "platform"


class OtherTerms(Exception):
    """The transfer id already stands for another transfer."""


@dataclass(frozen=True, slots=True)
class Handling:
    """What the bank intends with a transfer: its end, how long that takes, how often it then calls back."""

    ends_as: str
    takes_seconds: float | None
    notices: int

    @property
    def leaves_work(self) -> bool:
        """Whether something is still to do after the answer."""
        return self.takes_seconds is not None or self.notices > 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a transfer stands in the books; `amount` in minor units."""

    transfer_id: str
    status: str
    reference: str
    because: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class DueNotice:
    """A callback that is owed; `attempts` were made in vain."""

    number: int
    attempts: int
    notify_url: str
    standing: Standing


class Ledger:
    """The open books; any thread may use them, one at a time."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._books = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._books.row_factory = sqlite3.Row
        self._books.execute("PRAGMA journal_mode = WAL")
        self._books.execute("PRAGMA synchronous = FULL")
        self._books.execute("PRAGMA foreign_keys = ON")
        self._books.executescript(SCHEMA.read_text())

    def close(self) -> None:
        """Put the books away once the transaction at hand is written."""
        with self._lock:
            self._books.close()

    def record(self, instruction: Instruction, handling: Handling, now: float) -> Standing:
        """Take a transfer in, or count a repeated request; raises OtherTerms if its id stands for another."""
        with self._transaction() as books:
            known = books.execute(
                "SELECT transfer_id, purpose, amount, currency, payee, transaction_id"
                " FROM transfers WHERE transfer_id = :transfer_id",
                {"transfer_id": instruction.transfer_id},
            ).fetchone()
            if known is None:
                _take_in(books, instruction, handling, now)
            else:
                _count_request(books, known, instruction)
            return _standing(books, instruction.transfer_id)

    def standing(self, transfer_id: str) -> Standing | None:
        """How a transfer stands, or None if it never arrived."""
        with self.reading() as books:
            row = books.execute(
                "SELECT 1 FROM transfers WHERE transfer_id = :transfer_id", {"transfer_id": transfer_id}
            ).fetchone()
            return _standing(books, transfer_id) if row else None

    def end_due(self, now: float) -> int:
        """End the transfers whose processing time is over, and owe their callbacks; how many they were."""
        with self._transaction() as books:
            due = books.execute(
                "SELECT transfer_id, ends_as FROM transfers"
                " WHERE status = 'processing' AND ends_at <= :now ORDER BY ends_at, number LIMIT 100",
                {"now": now},
            ).fetchall()
            for transfer in due:
                _end(books, transfer["transfer_id"], transfer["ends_as"], now)
            return len(due)

    def due_notices(self, now: float) -> list[DueNotice]:
        """The callbacks to make now, oldest first."""
        with self.reading() as books:
            rows = books.execute(
                "SELECT n.number, n.attempts, n.transfer_id, t.notify_url"
                " FROM notices AS n JOIN transfers AS t USING (transfer_id)"
                " WHERE n.due_at <= :now ORDER BY n.due_at, n.number LIMIT 100",
                {"now": now},
            ).fetchall()
            return [
                DueNotice(
                    number=row["number"],
                    attempts=row["attempts"],
                    notify_url=row["notify_url"],
                    standing=_standing(books, row["transfer_id"]),
                )
                for row in rows
            ]

    def strike_notice(self, number: int) -> None:
        """Forget a callback that was taken, or given up."""
        with self._transaction() as books:
            books.execute("DELETE FROM notices WHERE number = :number", {"number": number})

    def postpone_notice(self, number: int, due_at: float) -> None:
        """Owe a callback again, later."""
        with self._transaction() as books:
            books.execute(
                "UPDATE notices SET due_at = :due_at, attempts = attempts + 1 WHERE number = :number",
                {"number": number, "due_at": due_at},
            )

    def next_due_at(self) -> float | None:
        """When a transfer ends or a callback is owed next; None if nothing is open."""
        with self.reading() as books:
            row = books.execute(
                "SELECT min(due_at) AS due_at FROM ("
                " SELECT min(ends_at) AS due_at FROM transfers WHERE status = 'processing'"
                " UNION ALL SELECT min(due_at) FROM notices)"
            ).fetchone()
            return None if row["due_at"] is None else float(row["due_at"])

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The books, held still for as long as they are read."""
        with self._lock:
            yield self._books

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._books:
            self._books.execute("BEGIN IMMEDIATE")
            yield self._books


def _take_in(books: sqlite3.Connection, instruction: Instruction, handling: Handling, now: float) -> None:
    books.execute(
        "INSERT INTO transfers (transfer_id, purpose, amount, currency, payee, transaction_id, reason,"
        " notify_url, status, ends_as, ends_at, notices)"
        " VALUES (:transfer_id, :purpose, :amount, :currency, :payee, :transaction_id, :reason, :notify_url,"
        " 'processing', :ends_as, :ends_at, :notices)",
        {
            "transfer_id": instruction.transfer_id,
            "purpose": instruction.purpose,
            "amount": instruction.amount,
            "currency": instruction.currency,
            "payee": instruction.payee,
            "transaction_id": instruction.transaction_id,
            "reason": instruction.reason,
            "notify_url": instruction.notify_url,
            "ends_as": handling.ends_as,
            "ends_at": now + (handling.takes_seconds or 0),
            "notices": handling.notices,
        },
    )
    if handling.takes_seconds is None:
        _end(books, instruction.transfer_id, handling.ends_as, now)


def _count_request(books: sqlite3.Connection, known: sqlite3.Row, instruction: Instruction) -> None:
    terms = (known["purpose"], known["amount"], known["currency"], known["payee"], known["transaction_id"])
    if terms != instruction.terms:
        raise OtherTerms(
            f"{instruction.transfer_id} stands for a {terms[0]} of {terms[1]} {terms[2]} to {terms[3]}"
            f" for transaction {terms[4]}, not for the terms asked now: another transfer needs another id"
        )
    books.execute(
        "UPDATE transfers SET times_asked = times_asked + 1, notify_url = :notify_url WHERE transfer_id = :transfer_id",
        {"transfer_id": instruction.transfer_id, "notify_url": instruction.notify_url},
    )


def _end(books: sqlite3.Connection, transfer_id: str, ends_as: str, now: float) -> None:
    books.execute(
        "UPDATE transfers SET status = :ends_as WHERE transfer_id = :transfer_id",
        {"transfer_id": transfer_id, "ends_as": ends_as},
    )
    if ends_as == "succeeded":
        books.execute(
            "INSERT INTO movements (transfer_id, from_account, to_account, amount, currency, moved_at)"
            " SELECT transfer_id, :platform, 'payee:' || payee, amount, currency, :now"
            " FROM transfers WHERE transfer_id = :transfer_id",
            {"transfer_id": transfer_id, "platform": PLATFORM, "now": now},
        )
    books.execute(
        "INSERT INTO notices (transfer_id, due_at)"
        " SELECT transfer_id, :now"
        " FROM transfers JOIN (SELECT 1 AS copy UNION ALL SELECT 2) ON copy <= notices"
        " WHERE transfer_id = :transfer_id",
        {"transfer_id": transfer_id, "now": now},
    )


def _standing(books: sqlite3.Connection, transfer_id: str) -> Standing:
    row = books.execute(
        "SELECT transfer_id, status, number, amount, currency FROM transfers WHERE transfer_id = :transfer_id",
        {"transfer_id": transfer_id},
    ).fetchone()
    return Standing(
        transfer_id=row["transfer_id"],
        status=row["status"],
        reference=reference(row["number"]),
        because=BECAUSE[row["status"]],
        amount=row["amount"],
        currency=row["currency"],
    )


BECAUSE = {
    "succeeded": "the payee has the money",
    "processing": "accepted, the payee's bank is at work",
    "refused": "the payee's bank does not take it",
}


def reference(number: int) -> str:
    """The bank's own id of a transfer."""
    return f"bnk_{number:010d}"
