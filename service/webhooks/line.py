"""A line to one receiver: a connection kept open for a turn, on which no call outlasts its deadline.

`http.client` speaks HTTP; the socket under it is ours. Every single wait on it gets what is left until the deadline, so
that a receiver cannot stretch a call by sending a byte now and then, in its headers or in its body.
"""

import http.client
import io
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from service.webhooks.address import Reach, Resolve, resolve, why_closed

MOST_ANSWER_BYTES = 64 * 1024
USER_AGENT = "Makegood-Webhooks/1"
LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: a status, or why none came."""

    status_code: int | None
    error: str
    duration_ms: int


class Line:
    """Posts to one URL; each call has `seconds` from look-up to the end of the answer."""

    def __init__(
        self, url: str, reach: Reach, seconds: float, *, look_up: Resolve = resolve, tls: ssl.SSLContext | None = None
    ) -> None:
        parts = urlsplit(url)
        self._plain = parts.scheme == "http"
        self._host = parts.hostname or ""
        self._port = parts.port or (80 if self._plain else 443)
        self._authority = parts.netloc
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._reach, self._seconds, self._look_up, self._tls = reach, seconds, look_up, tls
        self._wire: _Wire | None = None

    def post(self, headers: dict[str, str], body: bytes) -> Reply:
        """Send a body and read the answer's status; never raises for what the receiver does."""
        began = time.monotonic()
        ends_at = began + self._seconds
        status, error = None, ""
        try:
            status = self._exchange(headers, body, ends_at)
            error = "" if 200 <= status < 300 else _said(status)
        except TimeoutError:
            error = f"no whole answer within {self._seconds:g} s"
        except (OSError, http.client.HTTPException, ValueError) as fault:
            error = str(fault) or type(fault).__name__
        if status is None:
            self.close()
        return Reply(status, _readable(error), int((time.monotonic() - began) * 1000))

    def close(self) -> None:
        """Hang up."""
        if self._wire:
            with suppress(OSError):
                self._wire.sock.close()
        self._wire = None

    def _exchange(self, headers: dict[str, str], body: bytes, ends_at: float) -> int:
        """A connection that the receiver closed while it was idle is no failure: it is opened again, once."""
        kept = self._wire is not None
        try:
            return self._on_wire(headers, body, ends_at)
        except (ConnectionError, http.client.BadStatusLine, ssl.SSLError):
            if not kept:
                raise
            self.close()
            return self._on_wire(headers, body, ends_at)

    def _on_wire(self, headers: dict[str, str], body: bytes, ends_at: float) -> int:
        wire = self._wire = self._wire or _Wire(self._connect(ends_at))
        wire.ends_at = ends_at
        talk = http.client.HTTPConnection(self._host, self._port)
        talk.sock = wire
        said = {"Host": self._authority, "User-Agent": USER_AGENT, "Content-Type": "application/json"}
        talk.request("POST", self._target, body, said | headers)
        answer = talk.getresponse()
        answer.read(MOST_ANSWER_BYTES)
        if answer.will_close or not answer.isclosed():
            self.close()
        return answer.status

    def _connect(self, ends_at: float) -> socket.socket:
        addresses = self._look_up(self._host, self._port, ends_at - time.monotonic())
        closed = [why_closed(self._reach, ip_address(each), plain=self._plain) for each in addresses]
        if because := next(filter(None, closed), None):
            raise OSError(because)
        sock = _first_open(addresses, self._port, ends_at)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._plain:
                return sock
            sock.settimeout(_left(ends_at))
            return (self._tls or _tls()).wrap_socket(sock, server_hostname=self._host)
        except BaseException:
            sock.close()
            raise


class _Wire:
    """A socket as http.client wants one, with a deadline for all that is done on it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock, self.ends_at = sock, 0.0

    def sendall(self, data: bytes) -> None:
        self.sock.settimeout(_left(self.ends_at))
        self.sock.sendall(data)

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_Ear(self))

    def close(self) -> None:
        """Asked for by http.client while the answer is still being read; the line itself hangs up."""


class _Ear(io.RawIOBase):
    """Reads from a wire; closing it leaves the wire open for the next call."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._wire.sock.settimeout(_left(self._wire.ends_at))
        return self._wire.sock.recv_into(buffer)


def _said(status: int) -> str:
    more = "; redirects are not followed" if 300 <= status < 400 else ""
    return f"it answered {status} {http.client.responses.get(status, '')}".rstrip() + more


def _readable(error: str) -> str:
    """What a receiver said is quoted in errors, so it may hold anything; a NUL could not even be stored."""
    return "".join(letter if letter.isprintable() else "?" for letter in error[:LONGEST_ERROR])


def _first_open(addresses: list[str], port: int, ends_at: float) -> socket.socket:
    """Try the addresses in their order, each with an equal part of the time that is left."""
    trouble: OSError = OSError("the name has no address")
    for number, address in enumerate(addresses):
        try:
            return socket.create_connection((address, port), _left(ends_at) / (len(addresses) - number))
        except OSError as fault:
            trouble = fault
    raise trouble


def _left(ends_at: float) -> float:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
