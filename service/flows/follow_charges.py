"""What is recovered from a carrier follows what the carrier is charged, in the transaction that charges it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from schemas.vocabulary import Party, RecoveryStatus
from service.domain.parcel import Parcel
from service.domain.postings import Journal
from service.domain.recovery import Debt, Standing, recharged
from service.policies.library import Library
from service.store import decisions, recoveries
from service.store.database import Connection


@dataclass(frozen=True, slots=True)
class Recharged:
    """A claim whose shares were made anew, with what its filing deadlines count from."""

    claim_id: str
    order_id: str
    parcel: Parcel
    as_of: datetime


def follow_charges(conn: Connection, library: Library, claims: Sequence[Recharged]) -> list[Journal]:
    """Open, change or cancel the recoveries of these claims; return the journals of losses taken back."""
    if not claims:
        return []
    ids = [claim.claim_id for claim in claims]
    standing = decisions.attribution_of(conn, ids)
    known = {(row["claim_id"], row["carrier"]): row for row in recoveries.lock_of_claims(conn, ids)}
    opened: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    journals: list[Journal] = []
    for claim in claims:
        charged = {c["party_id"]: c for c in standing[claim.claim_id] if c["party"] == Party.CARRIER and c["amount"]}
        opened += [
            _opened(claim, library, charge)
            for carrier, charge in charged.items()
            if (claim.claim_id, carrier) not in known
        ]
        for (claim_id, carrier), row in known.items():
            if claim_id == claim.claim_id:
                changed, journal = _moved(row, charged.get(carrier))
                moved.append(changed)
                journals += journal
    recoveries.open_new(conn, opened)
    recoveries.follow(conn, moved)
    return journals


def standing_of(row: dict[str, Any]) -> Standing:
    """Return the figures of a recovery's row."""
    return Standing(RecoveryStatus(row["status"]), row["amount"], row["recovered"], row["written_off"], row["overpaid"])


def debt_of(row: dict[str, Any], version: int) -> Debt:
    """Return what the journals of a recovery's row are about, at the version that they make."""
    return Debt(row["recovery_id"], version, row["carrier"], row["currency"], row["order_id"], row["claim_id"])


def _opened(claim: Recharged, library: Library, charge: dict[str, Any]) -> dict[str, Any]:
    """The carrier's deadline is its own, whenever the order was paid: the newest policy knows it best."""
    rule = library.in_force(claim.as_of).recovery
    days = rule.days_of(charge["party_id"])
    due_at = _handed_over_at(claim, charge["party_id"]) + timedelta(days=days) if days else None
    remind_at = due_at - timedelta(days=rule.remind_days) if due_at else None
    return {
        "charge_id": charge["charge_id"],
        "claim_id": claim.claim_id,
        "order_id": claim.order_id,
        "carrier": charge["party_id"],
        "currency": charge["currency"],
        "amount": charge["amount"],
        "filing_due_at": due_at.isoformat() if due_at else None,
        "remind_at": remind_at.isoformat() if remind_at else None,
    }


def _handed_over_at(claim: Recharged, carrier: str) -> datetime:
    scanned = (leg.first_scan_at for leg in claim.parcel.legs if leg.carrier == carrier and leg.first_scan_at)
    return min(scanned, default=None) or claim.parcel.shipped_at or claim.as_of


def _moved(row: dict[str, Any], charge: dict[str, Any] | None) -> tuple[dict[str, Any], list[Journal]]:
    before = standing_of(row)
    after = recharged(before, charge["amount"] if charge else 0)
    taken_back = after.written_off - before.written_off
    changed = {
        "recovery_id": row["recovery_id"],
        "charge_id": charge["charge_id"] if charge else row["charge_id"],
        "status": after.status,
        "status_detail": "charge_changed" if after != before else row["status_detail"],
        "amount": after.amount,
        "recovered": after.recovered,
        "written_off": after.written_off,
        "overpaid": after.overpaid,
    }
    return changed, [debt_of(row, row["version"] + 1).written_off(taken_back)] if taken_back else []
