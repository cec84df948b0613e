"""Sends due transfers through their channels; between reading and writing no transaction is open."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from service.queues import backoff_seconds
from service.refunds.base import Answer, Outcome, RefundChannel, Transfer
from service.store import work
from service.store.database import Connection, Database
from service.store.work import WorkItem

Row = dict[str, Any]

POLL_PAUSE = timedelta(seconds=5)

STATUS = {
    Outcome.DONE: "succeeded",
    Outcome.REFUSED: "failed",
    Outcome.PENDING: "pending",
    Outcome.UNKNOWN: "unknown",
}


class ChannelClosed(Exception):
    """A transfer's channel is not configured; the message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A kind of money on its way: its unfinished rows by id, what each asks of its channel, how an answer is written.

    `finish` writes an outcome once and says whether it did; an answer still pending writes nothing.
    """

    unfinished: Callable[[Connection, Sequence[str]], Mapping[str, Row]]
    transfer_of: Callable[[Row], Transfer]
    finish: Callable[[Connection, Row, Answer], bool]


def send_due(db: Database, channels: Mapping[str, RefundChannel], items: Sequence[WorkItem], sending: Sending) -> None:
    """Send the transfer behind each due step and write its outcome; the unknown are asked again later, same id."""
    with db.autocommit() as conn:
        rows = sending.unfinished(conn, [item.subject_id for item in items])
    for item in items:
        row = rows.get(item.subject_id)
        answer = _send(channels, row["channel"], sending.transfer_of(row)) if row else None
        with db.transaction() as conn:
            _write(conn, item, row, answer, sending)


def _send(channels: Mapping[str, RefundChannel], name: str, transfer: Transfer) -> Answer:
    """Send or send again under the same id: the bank moves the money once, whatever was lost on the way."""
    channel = channels.get(name)
    if channel is None:
        raise ChannelClosed(f"channel {name} of {transfer.transfer_id} is not open: configure it and retry the step")
    return channel.send(transfer)


def _write(conn: Connection, item: WorkItem, row: Row | None, answer: Answer | None, sending: Sending) -> None:
    if row is None or answer is None:
        work.finish(conn, [item])
        return
    if work.hold(conn, [item]):
        sending.finish(conn, row, answer)
        _conclude(conn, item, answer)


def _conclude(conn: Connection, item: WorkItem, answer: Answer) -> None:
    """End, repeat or set aside the step behind a transfer, in the transaction that wrote the answer."""
    match answer.outcome:
        case Outcome.DONE:
            work.finish(conn, [item])
        case Outcome.REFUSED:
            work.park(conn, item, f"the bank refused: {answer.because}")
        case Outcome.PENDING:
            work.put_back(conn, [item], pause=POLL_PAUSE)
        case Outcome.UNKNOWN:
            work.fail(conn, item, answer.because, backoff_seconds(item.attempts))
