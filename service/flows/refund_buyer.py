"""Pays buyers what was granted, exactly once, however often it has to be asked."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from service.domain import postings
from service.flows.move_money import STATUS, Sending, send_due
from service.refunds.base import Answer, Notice, Outcome, Purpose, RefundChannel, Transfer
from service.store import ledger, refunds
from service.store.database import Connection, Database
from service.store.work import WorkItem

log = structlog.get_logger()


class NoticeMismatch(Exception):
    """A notice speaks of another amount than was sent, or of money after a refusal; it needs a person."""


def refund_buyers(db: Database, channels: Mapping[str, RefundChannel], items: Sequence[WorkItem]) -> None:
    """Send each due refund and write its outcome; the unknown are asked again later under the same id."""
    send_due(db, channels, items, Sending(_unfinished, _transfer_of, _finish))


def take_notice(db: Database, notice: Notice) -> bool:
    """Write what a channel calls back; False for a transfer that is unknown here or was finished before.

    Raises NoticeMismatch where amount or currency differ from what was sent, or where a refund that was refused for
    good and replaced is said to be paid after all.
    """
    with db.transaction() as conn:
        row = refunds.lock(conn, notice.transfer_id)
        if row is None:
            return False
        if (row["amount"], row["currency"]) != (notice.amount, notice.currency):
            raise NoticeMismatch(
                f"{notice.transfer_id}: notice of {notice.amount} {notice.currency}, "
                f"sent were {row['amount']} {row['currency']}"
            )
        if row["status"] == "replaced" and notice.answer.outcome is Outcome.DONE:
            raise NoticeMismatch(f"{notice.transfer_id}: notice of money, it was refused for good and replaced")
        return _finish(conn, row, notice.answer)


def _unfinished(conn: Connection, refund_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {row["refund_id"]: row for row in refunds.unfinished(conn, refund_ids)}


def _transfer_of(row: dict[str, Any]) -> Transfer:
    """The transfer that a refund's row stands for; its id is the bank's key for ever."""
    return Transfer(
        transfer_id=row["refund_id"],
        purpose=Purpose(row["purpose"]),
        amount=row["amount"],
        currency=row["currency"],
        payee=row["payee"],
        transaction_id=row["transaction_id"],
        reason=f"claim {row['claim_id']}",
    )


def _finish(conn: Connection, row: dict[str, Any], answer: Answer) -> bool:
    if answer.outcome is Outcome.PENDING:
        return False
    status = STATUS[answer.outcome]
    changed = refunds.finish(conn, row["refund_id"], status, answer.reference, answer.because, refused=answer.for_good)
    log.info(
        "refund_answered",
        claim_id=row["claim_id"],
        request_id=row["request_id"],
        refund_id=row["refund_id"],
        outcome=answer.outcome.value,
    )
    if changed and answer.outcome is Outcome.DONE:
        journal = postings.refund_paid(
            row["refund_id"], row["currency"], row["amount"], row["order_id"], row["claim_id"]
        )
        ledger.post(conn, [journal])
    return changed
