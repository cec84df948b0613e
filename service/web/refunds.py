"""What refund channels call back."""

from typing import Any

from flask import Response, request
from structlog.contextvars import bind_contextvars

from schemas.refunds import RefundShown, Replacing
from schemas.vocabulary import Scope
from service.flows.pay_farmer import take_payout_notice
from service.flows.refund_buyer import NoticeMismatch, take_notice
from service.flows.replace_refund import Replacement, replace_refund
from service.queues import Kind
from service.refunds.base import Notice, NoticeRefused
from service.store import farmers
from service.store import refunds as refund_store
from service.web import once
from service.web.access import needs, open_to_all
from service.web.door import door
from service.web.pages import moment, money
from service.web.problems import Problem, not_found
from service.web.routes import IDEMPOTENCY_KEY, describes, gives, noun, route, takes

refunds = noun("refunds", "Callbacks of the payment services, and refunds that need a person.")

PAYOUT_PREFIX = "pay_"


@route(refunds, "POST", "/refunds/<channel>/notices")
@open_to_all
@gives(refunds, 204, about="Taken, or known already.")
@describes(refunds, requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}})
def post_notice(channel: str) -> Response:
    """Take a signed notice on how a transfer ended; the signature is its access."""
    open_channel = door().parts.channels.get(channel)
    if open_channel is None:
        raise not_found(f"refund channel {channel}")
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        notice = open_channel.read_notice(headers, request.get_data())
    except NoticeRefused as refused:
        raise Problem(401, "notice_refused", refused.because) from refused
    bind_contextvars(transfer_id=notice.transfer_id)
    if not _taken(notice):
        _check_known(notice)
    return Response(status=204)


@route(refunds, "POST", "/refunds/<refund_id>/replace")
@needs(Scope.WORK_ADMIN)
@takes(refunds, Replacing())
@gives(refunds, 201, RefundShown())
@describes(refunds, parameters=[IDEMPOTENCY_KEY])
def post_replacement(asked: dict[str, Any], refund_id: str) -> Response:
    """Pay a refund that the bank refused for good under a new id, perhaps through another channel.

    The refused one is `replaced` for ever: its step is taken away, and its id is never sent again.
    """
    parts, wanted = door().parts, Replacement(refund_id, asked["reason"], asked["channel"])
    answered = once.given(replace_refund(parts.db, parts.deciding.channels, once.asked(), wanted))
    door().nudge((Kind.REFUND_BUYER,))
    return once.shown(answered, _refund(answered.body))


def _refund(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["refund_id"],
        **{name: row[name] for name in ("replaces", "claim_id", "order_id", "purpose", "channel", "status")},
        "amount": money(row["amount"], row["currency"]),
        "requested_at": moment(row["requested_at"]),
    }


def _taken(notice: Notice) -> bool:
    db = door().parts.db
    if notice.transfer_id.startswith(PAYOUT_PREFIX):
        return take_payout_notice(db, notice)
    try:
        return take_notice(db, notice)
    except NoticeMismatch as mismatch:
        raise _mismatch(str(mismatch)) from mismatch


def _check_known(notice: Notice) -> None:
    """A transfer that ended before is fine; one that is unknown, or of another amount, is not."""
    row = _row(notice)
    if row is None:
        raise not_found(f"transfer {notice.transfer_id}")
    if (row["amount"], row["currency"]) != (notice.amount, notice.currency):
        raise _mismatch(
            f"{notice.transfer_id} moves {row['amount']} {row['currency']}, not {notice.amount} {notice.currency}"
        )


def _row(notice: Notice) -> dict[str, Any] | None:
    with door().parts.db.autocommit() as conn:
        if notice.transfer_id.startswith(PAYOUT_PREFIX):
            return farmers.find_payout(conn, notice.transfer_id)
        return refund_store.find(conn, notice.transfer_id)


def _mismatch(detail: str) -> Problem:
    return Problem(409, "notice_mismatch", f"{detail}: a person has to look at this")
