"""A claim as the wire has it, from a row or from the kept JSON of one: first answer and replay are equal."""

from datetime import datetime
from typing import Any

from flask import Response

from service.domain.guarantees import Guarantee
from service.domain.sheet import plain
from service.flows.act_on_claim import actions_of
from service.flows.answer_once import Answered
from service.flows.decide_claim import Deciding
from service.web import once
from service.web.pages import moment, money
from service.web.versions import etag

_AS_THEY_ARE = (
    "number",
    "version",
    "opened_by",
    "order_id",
    "line_id",
    "buyer_id",
    "farmer_id",
    "cause",
    "affected",
    "requested_resolution",
    "note",
    "guarantee",
    "status",
    "status_detail",
    "stage",
    "waiting_on",
    "refund_status",
    "resolution",
)

_TIMES = ("opened_at", "decided_at", "refunded_at", "response_due_at")


def claim_sheet(row: dict[str, Any], deciding: Deciding, at: datetime) -> dict[str, Any]:
    """Return a claim as JSON, with what can be done with it at `at`."""
    currency = row["currency"]
    return {
        "id": row["claim_id"],
        **{name: row[name] for name in _AS_THEY_ARE},
        "guarantee_zh": Guarantee(row["guarantee"]).name_zh if row["guarantee"] else None,
        "requested_amount": money(row["requested_amount"], currency),
        "approved_amount": money(row["granted"], currency) if row["decided_at"] else None,
        "liability": [{**share, "amount": money(share["amount"], currency)} for share in row.get("liability", ())],
        "coupons": [
            {**coupon, "amount": money(coupon["amount"], currency), "valid_until": moment(coupon["valid_until"])}
            for coupon in row.get("coupons", ())
        ],
        "evidence": row["evidence"],
        "decisions": row.get("decisions", []),
        "available_actions": [
            {"action": plain(offer.action), "by": plain(offer.by), "due_at": moment(offer.due_at)}
            for offer in actions_of(row, deciding, at)
        ],
        **{name: moment(row[name]) for name in _TIMES},
    }


def kept_claim(answered: Answered, deciding: Deciding) -> Response:
    """Answer with a claim's row as it was kept, given now or before.

    What can be done is told for the moment of the answer, which is the row's latest time.
    """
    times = {name: _time(answered.body[name]) for name in (*_TIMES, "review_due_at")}
    passed = [at for name, at in times.items() if at and not name.endswith("_due_at")]
    sheet = claim_sheet(answered.body | times, deciding, max(passed))
    shown = once.shown(answered, sheet)
    shown.headers["ETag"] = etag(sheet["version"])
    return shown


def _time(kept: str | None) -> datetime | None:
    return datetime.fromisoformat(kept) if kept else None
