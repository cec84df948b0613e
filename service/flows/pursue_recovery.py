"""A carrier's debt is pursued: filed, recovered in full or in part, refused, or written off."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from schemas.vocabulary import RecoveryStatus
from service.domain.postings import Journal
from service.domain.recovery import (
    FILE,
    RECOVER,
    REFUSE,
    WRITE_OFF,
    Standing,
    given_up,
    received,
)
from service.domain.sheet import plain
from service.domain.wording import money
from service.flows.answer_once import Answered, Refusal, Request, answer_once
from service.flows.follow_charges import debt_of, standing_of
from service.store import ledger, recoveries
from service.store.database import Connection, Database


class Step(StrEnum):
    """What operations can do with a recovery."""

    FILE = "file"
    RECOVER = "recover"
    REFUSE = "refuse"
    WRITE_OFF = "write-off"


@dataclass(frozen=True, slots=True)
class Pursuit:
    """A step at the version that was seen (None: whatever it is), with the reference of filing or payment, or why.

    `amount` and `currency` (minor units) belong to recover; without an amount, all that is outstanding came.
    """

    step: Step
    version: int | None = None
    reference: str | None = None
    because: str = ""
    amount: int | None = None
    currency: str | None = None


OPEN_FROM = {Step.FILE: FILE, Step.RECOVER: RECOVER, Step.REFUSE: REFUSE, Step.WRITE_OFF: WRITE_OFF}


def steps_open(status: str) -> list[str]:
    """Return the steps that a recovery in this state can take."""
    return [step.value for step, origins in OPEN_FROM.items() if status in origins]


def pursue_recovery(db: Database, request: Request, recovery_id: str, pursuit: Pursuit) -> Answered | Refusal:
    """Take a step once; the answer is the recovery's row after it, or why it was not taken."""
    return answer_once(db, request, lambda conn: _pursue(conn, recovery_id, pursuit))


def _pursue(conn: Connection, recovery_id: str, pursuit: Pursuit) -> Answered | Refusal:
    locked = recoveries.lock(conn, [recovery_id])
    if not locked:
        return Refusal("recovery_unknown", f"no recovery {recovery_id} here: see GET /v1/recoveries")
    [row] = locked
    if pursuit.version is not None and pursuit.version != row["version"]:
        said = f"the recovery is at version {row['version']}, not {pursuit.version}: read it again, then decide again"
        return Refusal("version_stale", said, "If-Match")
    before = standing_of(row)
    if before.status not in OPEN_FROM[pursuit.step]:
        possible = ", ".join(steps_open(before.status)) or "nothing"
        said = f"{recovery_id} is {before.status}, so it cannot {pursuit.step}: open to it is {possible}"
        return Refusal("step_not_available", said)
    if refusal := _unfit(before, row["currency"], pursuit):
        return refusal
    after = _STEPS[pursuit.step](before, pursuit)
    changed = recoveries.move(
        conn,
        recovery_id,
        {
            "status": after.status,
            "status_detail": row["status_detail"] if after.status is before.status else after.status,
            "recovered": after.recovered,
            "written_off": after.written_off,
            "reference": pursuit.reference if pursuit.step is Step.FILE else None,
            "because": f"came in under {pursuit.reference}" if pursuit.step is Step.RECOVER else pursuit.because,
        },
    )
    ledger.post(conn, _journals(changed, before, after))
    return Answered(200, plain(changed))


def _unfit(before: Standing, currency: str, pursuit: Pursuit) -> Refusal | None:
    if pursuit.amount is None:
        return None
    if pursuit.currency != currency:
        said = f"{pursuit.currency}, the recovery is in {currency}: give {currency}"
        return Refusal("currency_differs", said, "amount.currency")
    if pursuit.amount > before.outstanding:
        said = f"{money(pursuit.amount, currency)}, outstanding are {money(before.outstanding, currency)}"
        return Refusal("amount_above_outstanding", f"{said}: give at most that", "amount")
    return None


def _journals(row: dict[str, Any], before: Standing, after: Standing) -> list[Journal]:
    debt = debt_of(row, row["version"])
    paid, lost = after.recovered - before.recovered, after.written_off - before.written_off
    return [debt.recovered(paid)] * bool(paid) + [debt.written_off(lost)] * bool(lost)


_STEPS: dict[Step, Callable[[Standing, Pursuit], Standing]] = {
    Step.FILE: lambda standing, _: replace(standing, status=RecoveryStatus.FILED),
    Step.RECOVER: lambda standing, step: received(
        standing, standing.outstanding if step.amount is None else step.amount
    ),
    Step.REFUSE: lambda standing, _: replace(standing, status=RecoveryStatus.REFUSED),
    Step.WRITE_OFF: lambda standing, _: given_up(standing),
}
