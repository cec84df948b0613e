"""Sends a transfer through its channel; between reading and writing no transaction is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from service.queues import backoff_seconds
from service.refunds.base import Answer, Outcome, RefundChannel, Transfer
from service.store import work
from service.store.database import Connection
from service.store.work import WorkItem

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
class Sent:
    """A transfer with the answer that it got."""

    transfer: Transfer
    answer: Answer


def send(channels: Mapping[str, RefundChannel], name: str, transfer: Transfer) -> Sent:
    """Send or send again under the same id: the bank moves the money once, whatever was lost on the way.

    Raises ChannelClosed for a channel that is not open here.
    """
    channel = channels.get(name)
    if channel is None:
        raise ChannelClosed(f"channel {name} of {transfer.transfer_id} is not open: configure it and retry the step")
    return Sent(transfer, channel.send(transfer))


def conclude(conn: Connection, item: WorkItem, answer: Answer) -> None:
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
