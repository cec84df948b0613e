"""What the bank is told to pay, read strictly from a request."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PURPOSES = ("refund", "compensation", "payout")
LARGEST_AMOUNT = 10**12
TRANSFER_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,79}")
CURRENCY = re.compile(r"[A-Z]{3}")
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
LONGEST_TEXT = 500


class InvalidTransfer(Exception):
    """A request that can never become a transfer, whatever is tried again."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """A transfer as the bank was asked for it; `amount` in minor units."""

    transfer_id: str
    purpose: str
    amount: int
    currency: str
    payee: str
    transaction_id: str | None
    reason: str
    notify_url: str

    @property
    def terms(self) -> tuple[str, int, str, str, str | None]:
        """What must stay the same under one transfer id."""
        return self.purpose, self.amount, self.currency, self.payee, self.transaction_id


def read_instruction(transfer_id: str, body: bytes) -> Instruction:
    """The instruction in a request; raises InvalidTransfer, naming the field and what it may be."""
    if not TRANSFER_ID.fullmatch(transfer_id):
        raise InvalidTransfer("a transfer id is a letter, then up to 79 letters, digits, _ or -")
    fields = json_object(body)
    return Instruction(
        transfer_id=transfer_id,
        purpose=_purpose(fields),
        amount=_amount(fields),
        currency=_currency(fields),
        payee=_text(fields, "payee"),
        transaction_id=None if fields.get("transaction_id") is None else _text(fields, "transaction_id"),
        reason=_text(fields, "reason"),
        notify_url=_notify_url(fields),
    )


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; raises InvalidTransfer if it is something else."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidTransfer("the body is not JSON") from None
    if not isinstance(fields, dict):
        raise InvalidTransfer("the body must be a JSON object")
    return fields


def _purpose(fields: dict[str, Any]) -> str:
    purpose = fields.get("purpose")
    if purpose not in PURPOSES:
        raise InvalidTransfer(f"purpose must be one of {', '.join(PURPOSES)}")
    return str(purpose)


def _amount(fields: dict[str, Any]) -> int:
    amount = fields.get("amount")
    if type(amount) is not int or not 0 < amount <= LARGEST_AMOUNT:
        raise InvalidTransfer(f"amount must be a whole number of minor units from 1 to {LARGEST_AMOUNT}")
    return amount


def _currency(fields: dict[str, Any]) -> str:
    currency = fields.get("currency")
    if not isinstance(currency, str) or not CURRENCY.fullmatch(currency):
        raise InvalidTransfer("currency must be three capital letters, like CNY")
    return currency


def _notify_url(fields: dict[str, Any]) -> str:
    url = _text(fields, "notify_url")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidTransfer("notify_url must be an http or https address")
    return url


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT or LONE_SURROGATE.search(value):
        raise InvalidTransfer(f"{name} must be text of 1 to {LONGEST_TEXT} characters")
    return value
