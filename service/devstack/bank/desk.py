"""The bank's desk: which request gets which answer."""

import hmac
import re
import secrets as randomness
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from json import dumps
from typing import Any
from urllib.parse import parse_qs, urlsplit

from service.devstack.bank import reports
from service.devstack.bank.faults import FaultBook, FaultKind, InvalidFault, read_fault
from service.devstack.bank.instruction import InvalidTransfer, json_object, read_instruction
from service.devstack.bank.ledger import Handling, Ledger, OtherTerms
from service.devstack.bank.notices import Clerk, standing_body
from service.refunds.base import Clock
from service.refunds.signature import Message, why_untrusted

TRANSFER = re.compile(r"/v1/transfers/([^/]+)")
LONGEST_LIST = 1000
LARGEST_CURSOR = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came in; `target` is the path with its query, `headers` have lower-case names."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back as JSON."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Bank:
    """Everything the desk works with; `closing` ends every wait."""

    ledger: Ledger
    faults: FaultBook
    clerk: Clerk
    secrets: tuple[bytes, ...]
    clock: Clock
    closing: threading.Event


class Refused(Exception):
    """A request that gets an error: HTTP status, code, and why."""

    def __init__(self, status: int, code: str, because: str) -> None:
        super().__init__(because)
        self.reply = _reply(status, {"code": code, "because": because})


def attend(bank: Bank, request: Request) -> Reply | None:
    """The answer to a request, or None where the bank hangs up without one."""
    try:
        return _attend(bank, request)
    except Refused as refused:
        return refused.reply


def _attend(bank: Bank, request: Request) -> Reply | None:
    path = urlsplit(request.target).path
    transfer = TRANSFER.fullmatch(path)
    if transfer:
        _demand_signature(bank, request)
        return _transfer(bank, request, transfer[1])
    if path == "/healthz" and request.method == "GET":
        return _reply(200, {"status": "ok"})
    _demand_bearer(bank, request)
    match request.method, path:
        case "GET", "/v1/transfers":
            return _list_effects(bank, request)
        case "GET", "/v1/balances":
            return _show_balances(bank)
        case "GET", "/v1/faults":
            return _show_faults(bank)
        case "POST", "/v1/faults":
            return _add_fault(bank, request)
        case "DELETE", "/v1/faults":
            bank.faults.clear()
            return _show_faults(bank)
    raise Refused(404, "not_found", f"there is no {request.method} {path} here: see docs/payment-protocol.md")


def _transfer(bank: Bank, request: Request, transfer_id: str) -> Reply | None:
    match request.method:
        case "PUT":
            return _put(bank, request, transfer_id)
        case "GET":
            return _get(bank, transfer_id)
    raise Refused(405, "method_not_allowed", f"a transfer takes PUT and GET, not {request.method}")


def _get(bank: Bank, transfer_id: str) -> Reply:
    standing = bank.ledger.standing(transfer_id)
    if standing is None:
        raise Refused(404, "unknown_transfer", f"{transfer_id} never arrived here")
    return Reply(200, standing_body(standing))


def _put(bank: Bank, request: Request, transfer_id: str) -> Reply | None:
    try:
        instruction = read_instruction(transfer_id, request.body)
    except InvalidTransfer as invalid:
        raise Refused(400, "invalid_transfer", str(invalid)) from invalid
    struck = bank.faults.draw(transfer_id)
    if bank.closing.wait(struck.get(FaultKind.SLOW, 0)):
        return None
    if FaultKind.ERROR_500 in struck:
        raise Refused(500, "fault", "failed on request, before anything was written")
    handling = _handling(struck)
    try:
        standing = bank.ledger.record(instruction, handling, bank.clock())
    except OtherTerms as other:
        raise Refused(409, "other_terms", str(other)) from other
    if handling.leaves_work:
        bank.clerk.nudge()
    if FaultKind.TIMEOUT_AFTER_SUCCESS in struck:
        bank.closing.wait(struck[FaultKind.TIMEOUT_AFTER_SUCCESS])
        return None
    if FaultKind.ERROR_500_AFTER_SUCCESS in struck:
        raise Refused(500, "fault", "failed on request, after the transfer was written")
    return Reply(200, standing_body(standing))


def _handling(struck: Mapping[FaultKind, float]) -> Handling:
    """A transfer in process is called back about once, unless a fault says twice or never."""
    notices = 1 if FaultKind.PROCESSING in struck else 0
    if FaultKind.DUPLICATE_CALLBACK in struck:
        notices = 2
    if FaultKind.NO_CALLBACK in struck:
        notices = 0
    ends_as = "refused" if FaultKind.REFUSE in struck else "succeeded"
    return Handling(ends_as, struck.get(FaultKind.PROCESSING), notices)


def _list_effects(bank: Bank, request: Request) -> Reply:
    query = parse_qs(urlsplit(request.target).query)
    after = _whole_number(query, "after", usual=0, least=0, most=LARGEST_CURSOR)
    limit = _whole_number(query, "limit", usual=100, least=1, most=LONGEST_LIST)
    with bank.ledger.reading() as books:
        lines = reports.effects(books, after, limit + 1)
    has_more = len(lines) > limit
    next_cursor = lines[limit - 1]["cursor"] if has_more else None
    return _reply(200, {"data": lines[:limit], "has_more": has_more, "next_cursor": next_cursor})


def _show_balances(bank: Bank) -> Reply:
    with bank.ledger.reading() as books:
        return _reply(200, {"data": reports.balances(books), "totals": reports.totals(books)})


def _show_faults(bank: Bank) -> Reply:
    return _reply(200, {"data": [asdict(fault) for fault in bank.faults.in_force()]})


def _add_fault(bank: Bank, request: Request) -> Reply:
    try:
        fault = read_fault(json_object(request.body), fresh_seed=randomness.randbits(32))
    except (InvalidFault, InvalidTransfer) as invalid:
        raise Refused(400, "invalid_fault", str(invalid)) from invalid
    bank.faults.add(fault)
    return _reply(201, asdict(fault))


def _demand_signature(bank: Bank, request: Request) -> None:
    message = Message(request.method, request.target, request.body)
    doubt = why_untrusted(bank.secrets, message, request.headers, bank.clock())
    if doubt is not None:
        raise Refused(401, "untrusted_signature", doubt)


def _demand_bearer(bank: Bank, request: Request) -> None:
    given = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
    if not any(hmac.compare_digest(given, secret) for secret in bank.secrets):
        raise Refused(401, "untrusted_bearer", "lists and faults need the bank's secret as bearer")


def _whole_number(query: Mapping[str, list[str]], name: str, usual: int, least: int, most: int) -> int:
    text = query.get(name, [str(usual)])[-1]
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and least <= int(text) <= most):
        raise Refused(400, "invalid_query", f"{name} must be a whole number from {least} to {most}")
    return int(text)


def _reply(status: int, fields: Mapping[str, Any]) -> Reply:
    return Reply(status, dumps(fields, ensure_ascii=False, separators=(",", ":")).encode())
