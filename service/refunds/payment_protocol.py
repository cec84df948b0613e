"""The words of the payment protocol: what is put, what comes back, and what each answer means to money.

    PUT /v1/transfers/{transfer_id}   {purpose, amount, currency, payee, transaction_id, reason, notify_url}
    GET /v1/transfers/{transfer_id}
    200                               {transfer_id, status, reference, because, amount, currency}
    POST notify_url                   the same body, when a transfer that was `processing` ends

A transfer moves money once for its id, however often it is put. Its terms are purpose, amount, currency,
payee and transaction_id: the same id with other terms is a 409. Reason and notify_url may change between
attempts. A GET that answers 404 says that the transfer never arrived. Errors are {code, because}. Requests
and callbacks are signed (signature.py). docs/payment-protocol.md is for those who build the other side.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from service.refunds.base import Answer, Outcome, Transfer

OUTCOME_OF_STATUS = {
    "succeeded": Outcome.DONE,
    "processing": Outcome.PENDING,
    "refused": Outcome.REFUSED,
}

# Only what the other side says of the transfer itself is final. A refused signature, a proxy's page or a
# wrong address says nothing about money and stays unknown.
FINAL_REFUSALS = frozenset({(400, "invalid_transfer"), (409, "other_terms")})


class NotProtocol(Exception):
    """Bytes that are not what the protocol says."""


@dataclass(frozen=True, slots=True)
class Status:
    """How a transfer stands at the payment service; `amount` in minor units."""

    transfer_id: str
    amount: int
    currency: str
    answer: Answer


def transfer_path(transfer_id: str) -> str:
    """Where a transfer lives, below the payment service's URL."""
    return f"/v1/transfers/{quote(transfer_id, safe='')}"


def transfer_body(transfer: Transfer, notify_url: str) -> bytes:
    """The JSON that asks for a transfer; the id travels in the path."""
    terms = {
        "purpose": transfer.purpose,
        "amount": transfer.amount,
        "currency": transfer.currency,
        "payee": transfer.payee,
        "transaction_id": transfer.transaction_id,
        "reason": transfer.reason,
        "notify_url": notify_url,
    }
    return json.dumps(terms, ensure_ascii=False, separators=(",", ":")).encode()


def read_status(body: bytes) -> Status:
    """The status in a 200 or a callback; raises NotProtocol, naming the field that is wrong."""
    fields = _json_object(body)
    outcome = OUTCOME_OF_STATUS.get(_text(fields, "status"))
    if outcome is None:
        raise NotProtocol(f"status {fields['status'][:40]!r} is none of {', '.join(OUTCOME_OF_STATUS)}")
    amount = fields.get("amount")
    if type(amount) is not int:
        raise NotProtocol("amount is not a whole number of minor units")
    reference = fields.get("reference")
    if reference is not None and not isinstance(reference, str):
        raise NotProtocol("reference is neither text nor null")
    return Status(
        transfer_id=_text(fields, "transfer_id"),
        amount=amount,
        currency=_text(fields, "currency"),
        answer=Answer(outcome, reference, _text(fields, "because"), for_good=outcome is Outcome.REFUSED),
    )


def answer_to(transfer: Transfer, http_status: int, body: bytes) -> Answer:
    """What an HTTP answer means for the transfer asked about; what is not clearly final is unknown."""
    if http_status == 200:
        return _answer_in(transfer, body)
    code, because = _problem(body)
    if http_status == 404 and code == "unknown_transfer":
        return _unknown(f"{transfer.transfer_id} never arrived: send it again with the same id")
    outcome = Outcome.REFUSED if (http_status, code) in FINAL_REFUSALS else Outcome.UNKNOWN
    return Answer(outcome, None, f"HTTP {http_status}: {because}")


def _answer_in(transfer: Transfer, body: bytes) -> Answer:
    try:
        status = read_status(body)
    except NotProtocol as broken:
        return _unknown(f"HTTP 200, but {broken}: is this the payment service?")
    told = (status.transfer_id, status.amount, status.currency)
    meant = (transfer.transfer_id, transfer.amount, transfer.currency)
    if told != meant:
        return _unknown(f"asked about {_phrase(*meant)}, told about {_phrase(*told)}: compare both books")
    return status.answer


def _problem(body: bytes) -> tuple[str, str]:
    try:
        fields = _json_object(body)
        return _text(fields, "code"), _text(fields, "because")
    except NotProtocol as broken:
        return "", str(broken)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise NotProtocol("the body is not JSON") from None
    if not isinstance(fields, dict):
        raise NotProtocol("the body is not a JSON object")
    return fields


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise NotProtocol(f"{name} is not text")
    return value


def _phrase(transfer_id: str, amount: int, currency: str) -> str:
    return f"{transfer_id[:80]} over {amount} {currency[:8]}"


def _unknown(because: str) -> Answer:
    return Answer(Outcome.UNKNOWN, None, because)
