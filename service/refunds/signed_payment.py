"""A payment service that speaks our protocol, reached over HTTP with signed requests."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

import urllib3

from service.refunds.base import Answer, Clock, Notice, NoticeRefused, Outcome, Transfer
from service.refunds.payment_protocol import NotProtocol, answer_to, read_status, transfer_body, transfer_path
from service.refunds.signature import Message, sign, why_untrusted

LARGEST_ANSWER_BYTES = 64 * 1024
KEPT_CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class SignedPayment:
    """A channel to one payment service; `timeout_seconds` bounds connecting and each wait for an answer."""

    name: str
    url: str
    secrets: tuple[bytes, ...] = field(repr=False)
    notify_url: str
    timeout_seconds: float
    clock: Clock

    def send(self, transfer: Transfer) -> Answer:
        """Put the transfer; putting it again moves nothing more."""
        return self._call("PUT", transfer, transfer_body(transfer, self.notify_url))

    def ask(self, transfer: Transfer) -> Answer:
        """Read how the transfer stands."""
        return self._call("GET", transfer, b"")

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verify a callback to our own address; raises NoticeRefused with the reason."""
        message = Message("POST", _target(self.notify_url), body)
        doubt = why_untrusted(self.secrets, message, headers, self.clock())
        if doubt is not None:
            raise NoticeRefused(f"notice to {self.name}: {doubt}")
        try:
            status = read_status(body)
        except NotProtocol as broken:
            raise NoticeRefused(f"notice to {self.name}: {broken}") from broken
        return Notice(status.transfer_id, status.amount, status.currency, status.answer)

    def _call(self, method: str, transfer: Transfer, body: bytes) -> Answer:
        url = self.url.rstrip("/") + transfer_path(transfer.transfer_id)
        headers = sign(self.secrets, Message(method, _target(url), body), transfer.transfer_id, self.clock())
        try:
            status, answered = _exchange(method, url, headers, body, self.timeout_seconds)
        except urllib3.exceptions.HTTPError as trouble:
            # Even a refused connection: the attempt before this one may have arrived.
            return Answer(Outcome.UNKNOWN, None, f"{self.name} did not answer {method} {url}: {trouble}")
        return answer_to(transfer, status, answered)


def _exchange(
    method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float
) -> tuple[int, bytes]:
    response = _pool(os.getpid()).request(
        method,
        url,
        body=body or None,
        headers={**headers, "content-type": "application/json"},
        timeout=urllib3.Timeout(total=timeout_seconds),
        retries=False,
        redirect=False,
        preload_content=False,
    )
    answered = response.read(LARGEST_ANSWER_BYTES)
    if len(answered) == LARGEST_ANSWER_BYTES:
        response.close()
    response.release_conn()
    return response.status, answered


@lru_cache(maxsize=1)
def _pool(pid: int) -> urllib3.PoolManager:
    """The connections of this process: a forked worker must never write on those of its parent."""
    return urllib3.PoolManager(maxsize=KEPT_CONNECTIONS)


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
