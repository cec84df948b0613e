"""Payouts: drawn in a batch from what is available, every line of it accounted for, then sent to the bank."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from service.domain import postings
from service.flows.move_money import STATUS, Sending, send_due
from service.refunds.base import Answer, Notice, Outcome, Purpose, RefundChannel, Transfer
from service.store import farmers, ledger
from service.store.database import Connection, Database
from service.store.work import WorkItem

log = structlog.get_logger()


def draw_payouts(db: Database, channel: str) -> list[str]:
    """Draw a payout for every farmer with money available, a transaction each, and return their ids.

    A balance at or below zero is left as it is and carried over to the next batch.
    """
    with db.autocommit() as conn:
        due = farmers.farmers_due(conn)
    drawn = [_draw(db, row["farmer_id"], row["currency"], channel) for row in due]
    return [payout_id for payout_id in drawn if payout_id]


def pay_farmers(db: Database, channels: Mapping[str, RefundChannel], items: Sequence[WorkItem]) -> None:
    """Send each drawn payout and write its outcome."""
    send_due(db, channels, items, Sending(_unfinished, _transfer_of, _finish))


def take_payout_notice(db: Database, notice: Notice) -> bool:
    """Write what a channel calls back about a payout; False if it is unknown here or was finished before."""
    with db.transaction() as conn:
        row = farmers.find_payout(conn, notice.transfer_id)
        if row is None or (row["amount"], row["currency"]) != (notice.amount, notice.currency):
            return False
        return _finish(conn, row, notice.answer)


def _draw(db: Database, farmer_id: str, currency: str, channel: str) -> str | None:
    with db.transaction() as conn:
        if not farmers.lock_account(conn, farmer_id, currency):
            return None
        entries = farmers.unpaid_entries(conn, farmer_id, currency)
        amount = sum(entry["amount"] for entry in entries)
        if amount <= 0:
            return None
        payout_id = farmers.draw_payout(
            conn, farmer_id, currency, amount, channel, [entry["entry_id"] for entry in entries]
        )
        ledger.post(conn, [postings.payout_drawn(payout_id, farmer_id, currency, amount)])
    log.info("payout_drawn", payout_id=payout_id, farmer_id=farmer_id, amount=amount)
    return payout_id


def _unfinished(conn: Connection, payout_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {row["payout_id"]: row for row in farmers.unfinished_payouts(conn, list(payout_ids))}


def _finish(conn: Connection, row: dict[str, Any], answer: Answer) -> bool:
    if answer.outcome is Outcome.PENDING:
        return False
    changed = farmers.finish_payout(conn, row["payout_id"], STATUS[answer.outcome], answer.reference, answer.because)
    log.info("payout_answered", payout_id=row["payout_id"], farmer_id=row["farmer_id"], outcome=answer.outcome.value)
    if changed and answer.outcome is Outcome.DONE:
        ledger.post(conn, [postings.payout_paid(row["payout_id"], row["currency"], row["amount"])])
    return changed


def _transfer_of(row: dict[str, Any]) -> Transfer:
    return Transfer(
        transfer_id=row["payout_id"],
        purpose=Purpose.PAYOUT,
        amount=row["amount"],
        currency=row["currency"],
        payee=row["farmer_id"],
        transaction_id=None,
        reason="payout",
    )
