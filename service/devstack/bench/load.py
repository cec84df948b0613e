"""The load: a process of its own that posts prepared requests over raw sockets and says how long each took.

`python -m service.devstack.bench.load` reads a `Load` as JSON from standard input and prints a `Taken` as JSON. One
thread and one selector do it all, so that it takes far less of the processor than what it measures.
"""

import json
import re
import resource
import selectors
import socket
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

NUMBER = b"000000001"
"""What stands for the request's number in a prepared request: nine digits, so that no length changes with it."""
CAPTURED = b"evd_" + b"x" * 31
"""What stands for the id that an earlier step was answered with, and then for that step's number from 0."""
_ID = re.compile(rb'"id":\s*"(\w+)"')
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
PIECE_BYTES = 1 << 18
CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """Steps to take one after the other for every number from `first`; in latin-1, so that any byte passes.

    With `each` every number takes one step of its own, for requests that are signed over all of their bytes.
    Closed: each connection begins anew when its answer is there. Open (`rate` a second): at its time, come what may.
    """

    host: str
    port: int
    connections: int
    first: int
    count: int
    steps: list[str]
    rate: float = 0.0
    each: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of it: milliseconds each from when it should have begun, and the processor's time of this process."""

    done: int
    failed: int
    seconds: float
    cpu_seconds: float
    milliseconds: list[float]
    first_failure: str = ""


@dataclass
class _Line:
    """A connection with the sequence that it is in."""

    sock: socket.socket
    number: int = -1
    step: int = 0
    began: float = 0.0
    answer: bytearray = field(default_factory=bytearray)
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))
    ids: list[bytes] = field(default_factory=list)


class _Generator:
    def __init__(self, load: Load) -> None:
        self._load = load
        sent = [step.encode("latin-1") for step in load.steps]
        self._steps = [[step] if load.each else step.split(NUMBER) for step in sent]
        self._ready = selectors.DefaultSelector()
        self._free = deque(self._connect() for _ in range(load.connections))
        self._milliseconds: list[float] = []
        self._failures: list[str] = []
        self._last = load.first + load.count

    def run(self) -> Taken:
        """Take every number to its end."""
        began, cpu = time.perf_counter(), _cpu_seconds()
        number, busy = self._load.first, 0
        while number < self._last or busy:
            while number < self._last and self._free and self._due(number, began) <= time.perf_counter():
                at = self._due(number, began) if self._load.rate else time.perf_counter()
                self._begin(self._free.popleft(), number, at)
                number, busy = number + 1, busy + 1
            pause = self._due(number, began) - time.perf_counter() if number < self._last and self._free else None
            events = self._ready.select(SILENCE_SECONDS if pause is None else max(pause, 0))
            if not events and pause is None:
                raise TimeoutError(f"no answer for {SILENCE_SECONDS:g} s")
            busy -= sum(self._go_on(key.data, mask) for key, mask in events)
        return Taken(
            done=len(self._milliseconds),
            failed=len(self._failures),
            seconds=time.perf_counter() - began,
            cpu_seconds=_cpu_seconds() - cpu,
            milliseconds=self._milliseconds,
            first_failure=self._failures[0] if self._failures else "",
        )

    def _due(self, number: int, began: float) -> float:
        return began + (number - self._load.first) / self._load.rate if self._load.rate else 0.0

    def _connect(self) -> _Line:
        sock = socket.create_connection((self._load.host, self._load.port), CONNECT_SECONDS)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        line = _Line(sock)
        self._ready.register(sock, selectors.EVENT_READ, line)
        return line

    def _begin(self, line: _Line, number: int, at: float) -> None:
        line.number, line.step, line.began, line.ids = number, 0, at, []
        self._send(line)

    def _send(self, line: _Line) -> None:
        step = line.number - self._load.first if self._load.each else line.step
        request = (b"%09d" % line.number).join(self._steps[step])
        for position, given in enumerate(line.ids):
            request = request.replace(CAPTURED + b"%d" % position, given)
        line.answer.clear()
        line.unsent = memoryview(request)
        self._push(line)

    def _push(self, line: _Line) -> None:
        while line.unsent:
            try:
                line.unsent = line.unsent[line.sock.send(line.unsent) :]
            except BlockingIOError:
                self._ready.modify(line.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, line)
                return
        self._ready.modify(line.sock, selectors.EVENT_READ, line)

    def _go_on(self, line: _Line, mask: int) -> bool:
        """Do what the socket is ready for; True when the line's sequence has ended."""
        if mask & selectors.EVENT_WRITE:
            self._push(line)
        if not mask & selectors.EVENT_READ:
            return False
        piece = line.sock.recv(PIECE_BYTES)
        if not piece:
            raise ConnectionError(f"the server closed a connection after {bytes(line.answer)!r}")
        line.answer += piece
        if not _whole(line.answer):
            return False
        if not line.answer.startswith((b"HTTP/1.1 201", b"HTTP/1.1 200")):
            self._failures.append(line.answer[:600].decode(errors="replace"))
        elif line.step + 1 < len(self._steps) and not self._load.each:
            found = _ID.search(line.answer)
            line.ids.append(found[1] if found else b"")
            line.step += 1
            self._send(line)
            return False
        else:
            self._milliseconds.append((time.perf_counter() - line.began) * 1000)
        self._free.append(line)
        return True


def _whole(answer: bytearray) -> bool:
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    length = _LENGTH.search(answer, 0, end)
    return length is not None and len(answer) >= end + 4 + int(length[1])


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def take(load: Load) -> Taken:
    """Take a load to its end in this process."""
    return _Generator(load).run()


def main() -> None:
    """Take a load from standard input and print what came of it."""
    asked: dict[str, Any] = json.load(sys.stdin)
    json.dump(asdict(take(Load(**asked))), sys.stdout)


if __name__ == "__main__":
    main()
