"""The bank on the network: HTTP/1.1 with connections kept open, a thread for each."""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from service.devstack.bank.desk import Bank, Refused, Reply, Request, attend
from service.devstack.bank.faults import FaultBook
from service.devstack.bank.ledger import Ledger
from service.devstack.bank.notices import Clerk
from service.refunds.base import Clock

LARGEST_BODY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Address:
    """Where the bank listens; port 0 takes a free one."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The address as clients write it."""
        return f"http://{self.host}:{self.port}"


@contextmanager
def open_bank(folder: Path, secrets: tuple[bytes, ...], address: Address, clock: Clock) -> Iterator[Address]:
    """A bank at work on the books in `folder`, at the address it really got; closing cuts its waits short."""
    folder.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(folder / "bank.sqlite")
    clerk = Clerk(ledger, secrets, clock)
    bank = Bank(ledger, FaultBook(), clerk, secrets, clock, threading.Event())
    with _Server(address, bank) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,), name="bank-door", daemon=True)
        serving.start()
        clerk.start()
        try:
            yield Address(address.host, server.server_port)
        finally:
            bank.closing.set()
            server.shutdown()
            clerk.dismiss()
    ledger.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: Address, bank: Bank) -> None:
        self.bank = bank
        super().__init__((address.host, address.port), _Window)

    def server_bind(self) -> None:
        """Bind without the reverse name look-up of the standard class, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.socket.getsockname()[:2]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A customer who hung up while waiting is no error of the bank."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Window(BaseHTTPRequestHandler):
    """One customer's connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    server: _Server

    def _serve(self) -> None:
        try:
            request = Request(self.command, self.path, self._lower_case_headers(), self._read_body())
        except Refused as refused:
            self.close_connection = True
            self._answer(refused.reply)
            return
        reply = attend(self.server.bank, request)
        if reply is None:
            self.close_connection = True
            return
        self._answer(reply)

    do_GET = do_PUT = do_POST = do_DELETE = _serve

    def _lower_case_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _read_body(self) -> bytes:
        if "transfer-encoding" in self.headers:
            raise Refused(411, "length_required", "send the body with Content-Length, not in chunks")
        length = self.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and len(length) < 10):
            raise Refused(400, "invalid_length", "Content-Length must be a number of bytes")
        if int(length) > LARGEST_BODY_BYTES:
            raise Refused(413, "too_large", f"the body has {length} bytes, the limit is {LARGEST_BODY_BYTES}")
        return self.rfile.read(int(length))

    def _answer(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Say in JSON what the standard class would say in HTML, about requests that it cannot read."""
        self.close_connection = True
        self._answer(Refused(code, "unreadable_request", message or HTTPStatus(code).phrase).reply)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing for each request: the ledger is the record."""
