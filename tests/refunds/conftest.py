"""A real bank on a free port, its books in a folder of the test, and channels with little patience."""

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import urllib3

from service.devstack.bank.server import Address, open_bank
from service.refunds.base import ChannelSettings, Purpose, RefundChannel, Transfer
from service.refunds.registry import open_channels

SECRET = "the-bank-and-we-share-this-secret"
PATIENCE_SECONDS = 0.2


@dataclass(frozen=True)
class BankAtHand:
    """What a test may do to the bank beside sending transfers."""

    url: str

    def misbehave(self, fault: str, **how: Any) -> None:
        """Ask for a fault."""
        status, _ = self.call("POST", "/v1/faults", {"fault": fault, **how})
        assert status == 201

    def effects(self) -> list[dict[str, Any]]:
        """Everything that moved."""
        lines: list[dict[str, Any]] = self.call("GET", "/v1/transfers")[1]["data"]
        return lines

    def call(self, method: str, target: str, fields: Any = None) -> tuple[int, dict[str, Any]]:
        """One admin call, with the bearer secret."""
        response = urllib3.request(
            method,
            self.url + target,
            body=None if fields is None else json.dumps(fields).encode(),
            headers={"authorization": f"Bearer {SECRET}"},
            retries=False,
            timeout=5,
        )
        return response.status, response.json()


@dataclass(frozen=True)
class Mailbox:
    """Where callbacks arrive, raw."""

    origin: str
    letters: "queue.Queue[tuple[str, dict[str, str], bytes]]"

    def next(self) -> tuple[dict[str, str], bytes]:
        """Headers and body of the next callback, awaited for at most five seconds."""
        _, headers, body = self.letters.get(timeout=5)
        return headers, body


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[BankAtHand]:
    with open_bank(tmp_path, (SECRET.encode(),), Address("127.0.0.1", 0), time.time) as address:
        yield BankAtHand(address.url)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    letters: queue.Queue[tuple[str, dict[str, str], bytes]] = queue.Queue()

    class Slot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            letters.put((self.path, dict(self.headers.items()), body))
            self.send_response_only(204)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Slot) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield Mailbox(f"http://127.0.0.1:{server.server_port}", letters)
        server.shutdown()
        thread.join()


@pytest.fixture
def open_sandbox(bank: BankAtHand, mailbox: Mailbox) -> Callable[..., RefundChannel]:
    """Opens the sandbox channel, to this bank and with its secret unless told otherwise."""

    def open_it(url: str = bank.url, secret: str = SECRET) -> RefundChannel:
        settings = ChannelSettings(url, secret, None, "", mailbox.origin, PATIENCE_SECONDS)
        return open_channels(settings)["sandbox"]

    return open_it


@pytest.fixture
def sandbox(open_sandbox: Callable[..., RefundChannel]) -> RefundChannel:
    return open_sandbox()


@pytest.fixture
def strawberries() -> Transfer:
    return Transfer(
        transfer_id="rfd_strawberries",
        purpose=Purpose.REFUND,
        amount=1990,
        currency="CNY",
        payee="byr_li",
        transaction_id="4200001",
        reason="草莓坏了 30 %",
    )
