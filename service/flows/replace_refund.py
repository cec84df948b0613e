"""A refund that the bank refused for good is replaced: its grant stays, and a new transfer under a new id pays it."""

from collections.abc import Collection
from dataclasses import dataclass

import structlog

from service.domain.sheet import plain
from service.flows.answer_once import Answered, Refusal, Request, answer_once
from service.store import refunds
from service.store.database import Connection, Database

log = structlog.get_logger()

_ASK_AGAIN = ": retry its parked step once, so that the bank says again whether it does"
"""Of one that failed before the bank's word was kept, only the bank can tell."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """Which refund is replaced and why, and the channel that the new one takes; None: the same."""

    refund_id: str
    reason: str
    channel: str | None = None


def replace_refund(
    db: Database, channels: Collection[str], request: Request, wanted: Replacement
) -> Answered | Refusal:
    """Replace a refund once; the answer is the new one's row, or why there is none.

    Only the bank's own refusal of the id makes this safe: no later request under it can move money. Nothing is posted,
    for what was granted is still owed; the journal of the grant stays under the first id.
    """
    answer = answer_once(db, request, lambda conn: _replace(conn, channels, wanted))
    if isinstance(answer, Answered) and not answer.replayed:
        made = answer.body
        log.info(
            "refund_replaced",
            claim_id=made["claim_id"],
            request_id=made["request_id"],
            refund_id=made["refund_id"],
            replaces=made["replaces"],
        )
    return answer


def _replace(conn: Connection, channels: Collection[str], wanted: Replacement) -> Answered | Refusal:
    under_way = not refunds.withdraw(conn, wanted.refund_id)
    row = refunds.lock(conn, wanted.refund_id)
    if row is None:
        return Refusal("refund_unknown", f"no refund {wanted.refund_id} here: see GET /v1/parked-work")
    if row["status"] != "failed" or row["refused_at"] is None:
        because = f": {row['because']}" if row["because"] else ""
        said = f"{wanted.refund_id} is {row['status']}{because}; only one whose id the bank refused for good"
        remedy = _ASK_AGAIN if row["status"] == "failed" else ""
        return Refusal("refund_not_refused", f"{said} can be replaced{remedy}")
    if under_way:
        said = f"the bank is being asked about {wanted.refund_id} once more"
        return Refusal("refund_under_way", f"{said}: wait until that step is parked again")
    channel = wanted.channel or row["channel"]
    if channel not in channels:
        said = f"the channel {channel} is not open: name one of {', '.join(sorted(channels))}"
        return Refusal("channel_closed", said, "channel")
    return Answered(201, plain(refunds.replace(conn, wanted.refund_id, channel, wanted.reason)))
