"""Have a stranger's photo inspected by a process that may do next to nothing and can't take ours down."""

import atexit
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Final
from weakref import WeakSet

from service.evidence.fork_server import ANSWER, DOCUMENT, NOT_CONFINED, OUT_OF_TIME, REQUEST, receive
from service.evidence.inspection import Inspection, refused
from service.evidence.limits import DecodeLimits
from service.evidence.media import UnsupportedMedia, sniff_media

_CHECKOUT = Path(__file__).resolve().parents[2]
_PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from service.evidence.fork_server import serve
from service.evidence.limits import DecodeLimits
serve(DecodeLimits(**json.loads(sys.argv[2])))
"""
_GRACE_SECONDS = 15.0
"""On top of the limit on one photo: time for the decoding server to start on a busy machine."""

_TRIES = 2
_KEPT_VARIABLES = ("LD_LIBRARY_PATH", "PATH")


class SandboxUnavailable(Exception):
    """No photo can be inspected now, whichever it is: the decoding server doesn't start or doesn't answer."""


class Sandbox:
    """A decoding server of this process's own, started when first needed and again when it died.

    One photo at a time: threads wait for each other, processes have a server each. After a fork the child
    lets go of its parent's server. The server ends with this process, however that ends.
    """

    def __init__(self, limits: DecodeLimits) -> None:
        self.limits: Final = limits
        self._socket: socket.socket | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._one_at_a_time = threading.Lock()
        _sandboxes.add(self)

    def inspect(self, data: bytes) -> Inspection:
        """Inspect a photo; one that is too much is refused, SandboxUnavailable is not the photo's fault."""
        refusal = _refusal_unopened(data, self.limits)
        if refusal is not None:
            return refusal
        with self._one_at_a_time:
            ended, answer = self._ask(data)
        if ended == NOT_CONFINED:
            reason = answer.decode(errors="replace")
            raise SandboxUnavailable(f"decoding can't be limited here ({reason}); run as a plain user")
        return _inspection(ended, answer, self.limits)

    @property
    def server_pid(self) -> int | None:
        """The process id of the decoding server, for whoever watches processes."""
        return self._server.pid if self._server else None

    def stop(self) -> None:
        """End the decoding server; the next photo starts another."""
        if self._socket is not None:
            self._socket.close()
        if self._server is not None:
            self._server.kill()
            self._server.wait()
        self._socket = self._server = None

    def let_go(self) -> None:
        """Leave the server to the process this one was forked from, and its lock to threads that are gone."""
        if self._socket is not None:
            self._socket.close()
        if self._server is not None:
            self._server.returncode = 0  # no child of this process, so none to wait for
        self._socket = self._server = None
        self._one_at_a_time = threading.Lock()

    def _ask(self, data: bytes) -> tuple[int, bytes]:
        """Put the photo to the server, to a fresh one when that died; keep none that is out of step."""
        for _ in range(_TRIES):
            try:
                return _exchange(self._connection(), data)
            except TimeoutError as error:
                self.stop()
                waited = self.limits.wall_seconds + _GRACE_SECONDS
                raise SandboxUnavailable(f"the decoding server gave no answer within {waited:g} s") from error
            except (EOFError, ConnectionError):
                self.stop()
            except BaseException:
                self.stop()
                raise
        raise SandboxUnavailable(
            f"the decoding server died {_TRIES} times over one photo; its reason is in the error output"
        )

    def _connection(self) -> socket.socket:
        if self._socket is not None:
            return self._socket
        ours, theirs = socket.socketpair()
        ours.settimeout(self.limits.wall_seconds + _GRACE_SECONDS)
        with theirs:
            self._server = _start_server(self.limits, theirs)
        self._socket = ours
        return ours


def inspect_photo(data: bytes) -> Inspection:
    """Inspect a photo under the default limits, in the sandbox that all of this process shares."""
    return _shared.inspect(data)


def _start_server(limits: DecodeLimits, connection: socket.socket) -> subprocess.Popen[bytes]:
    """Start a decoding server that knows no secret of ours and hears no Ctrl-C meant for us."""
    known = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    command = [sys.executable, "-I", "-c", _PROGRAM, str(_CHECKOUT), json.dumps(asdict(limits))]
    try:
        return subprocess.Popen(
            command,
            stdin=connection.fileno(),
            stdout=subprocess.DEVNULL,
            env=known | {"MALLOC_ARENA_MAX": "2"},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise SandboxUnavailable(f"the decoding server {sys.executable} can't be started: {error}") from error


def _exchange(connection: socket.socket, data: bytes) -> tuple[int, bytes]:
    connection.sendall(REQUEST.pack(len(data)))
    connection.sendall(data)
    ended, size = ANSWER.unpack(_received(connection, ANSWER.size))
    return ended, _received(connection, size)


def _received(connection: socket.socket, size: int) -> bytes:
    data = receive(connection, size)
    if data is None:
        raise EOFError("the decoding server closed its end")
    return bytes(data)


def _refusal_unopened(data: bytes, limits: DecodeLimits) -> Inspection | None:
    """Refuse what needs no decoding to be refused."""
    if len(data) > limits.photo_bytes:
        return refused(f"the photo has {len(data)} bytes; the limit is {limits.photo_bytes} bytes")
    media = sniff_media(data)
    return refused(media.because) if isinstance(media, UnsupportedMedia) else None


def _inspection(ended: int, answer: bytes, limits: DecodeLimits) -> Inspection:
    """Read what the decoding process wrote, as warily as the photo itself; its untimely end is a refusal."""
    if ended != 0:
        return refused(_untimely_end(ended, limits))
    try:
        (size,) = DOCUMENT.unpack_from(answer)
        shown_at = DOCUMENT.size + size
        document = json.loads(answer[DOCUMENT.size : shown_at])
        return Inspection.from_json(document, shown=answer[shown_at:])
    except (struct.error, ValueError, TypeError, AttributeError, RecursionError):
        return refused("decoding the photo gave an answer that makes no sense; the photo may be an attack")


def _untimely_end(ended: int, limits: DecodeLimits) -> str:
    if ended == OUT_OF_TIME:
        return f"decoding the photo takes longer than the limit of {limits.wall_seconds:g} s"
    if ended == -signal.SIGXCPU:
        return f"decoding the photo takes more than the {limits.cpu_seconds} s of processor time allowed"
    if ended == -signal.SIGKILL:
        return "decoding the photo was stopped by the system, most likely for want of memory"
    how = f"signal {-ended}" if ended < 0 else f"exit status {ended}"
    most = limits.memory_bytes // 1024**2
    return f"the decoder broke down on the photo ({how}), within its limit of {most} MiB of memory"


_sandboxes: WeakSet[Sandbox] = WeakSet()


def _let_go_after_fork() -> None:
    for sandbox in list(_sandboxes):
        sandbox.let_go()


def _stop_all() -> None:
    for sandbox in list(_sandboxes):
        sandbox.stop()


os.register_at_fork(after_in_child=_let_go_after_fork)
atexit.register(_stop_all)
_shared = Sandbox(DecodeLimits())
