"""Receivers of webhooks as the world has them: some take what comes, others hang, drip, redirect, refuse or never end.

Each is a small HTTP server on a loopback port of its own.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain, repeat

LOOPBACK = "127.0.0.1"
DRIP_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Message:
    """One webhook as it arrived; the names of the headers are lower case."""

    headers: Mapping[str, str]
    body: bytes
    at: float


@dataclass
class Receiver:
    """A receiver at work; `kind` may be changed at any time, as a receiver falls ill or recovers."""

    kind: str
    url: str = ""
    messages: list[Message] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def ids(self) -> list[str]:
        """The webhook-ids that arrived, in their order, repetitions included."""
        return [message.headers.get("webhook-id", "") for message in self.messages]


class _Window(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Server"

    def do_POST(self) -> None:
        """Note what came, then answer after this receiver's kind."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        receiver = self.server.receiver
        headers = {name.lower(): value for name, value in self.headers.items()}
        receiver.messages.append(Message(headers, body, time.monotonic()))
        KINDS[receiver.kind](self)

    def do_GET(self) -> None:
        """A redirect that was followed would end here, and be seen."""
        self.server.receiver.messages.append(Message({"webhook-id": "followed"}, b"", time.monotonic()))
        self.say(200)

    def say(self, status: int, **headers: str) -> None:
        """Answer at once and in full."""
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", "0")
        self.end_headers()

    def trickle(self, pieces: Iterable[bytes], pause_seconds: float) -> None:
        """Write for as long as the other side listens."""
        self.close_connection = True
        with suppress(OSError):
            for piece in pieces:
                self.wfile.write(piece)
                if self.server.receiver.closing.wait(pause_seconds):
                    return

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing for each request."""


def _hang(window: _Window) -> None:
    window.close_connection = True
    window.server.receiver.closing.wait()


def _stream(first: bytes, then: bytes, pause_seconds: float) -> Callable[[_Window], None]:
    return lambda window: window.trickle(chain([first], repeat(then)), pause_seconds)


KINDS: dict[str, Callable[[_Window], None]] = {
    "healthy": lambda window: window.say(204),
    "hanging": _hang,
    "dripping_headers": _stream(b"HTTP/1.1 200 OK\r\nx-drip: ", b"x", DRIP_SECONDS),
    "dripping_body": _stream(b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n", b"x", DRIP_SECONDS),
    "endless": _stream(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", b"x" * 16384, 0),
    "redirecting": lambda window: window.say(302, location="/elsewhere"),
    "gone": lambda window: window.say(410),
    "failing": lambda window: window.say(500),
    "garbled": lambda window: window.trickle([b"\x16\x00\x01 no HTTP at all\r\n\r\n"], 0),
    "hanging_up": lambda window: setattr(window, "close_connection", True),
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        super().__init__((LOOPBACK, 0), _Window)

    def server_bind(self) -> None:
        """Bind without the reverse name look-up of the standard class, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.socket.getsockname()[:2]

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender who hung up is no error."""


@contextmanager
def open_receiver(kind: str) -> Iterator[Receiver]:
    """A receiver of this kind (see KINDS) at work; closing it lets go of everyone who waits."""
    receiver = Receiver(kind)
    with _Server(receiver) as server:
        receiver.url = f"http://{LOOPBACK}:{server.server_port}/events"
        threading.Thread(target=server.serve_forever, args=(0.05,), name=f"receiver-{kind}", daemon=True).start()
        try:
            yield receiver
        finally:
            receiver.closing.set()
            server.shutdown()
