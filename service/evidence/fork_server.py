"""The process that forks one limited process for each photo, so that none waits for Pillow to be loaded.

It has one thread, opens no photo itself, and lives as long as the socket to the process that started it.
A request is a length and the photo; the answer is how its process ended, a length, and what that wrote.
"""

import gc
import json
import os
import select
import signal
import socket
import struct
import time
from typing import NoReturn

from service.evidence.decode import decode, prepare_decoders
from service.evidence.limits import DecodeLimits, confine_this_process, forbid_new_processes
from service.evidence.media import HEIC, HEIF, sniff_media

REQUEST = struct.Struct("!I")
ANSWER = struct.Struct("!iI")
DOCUMENT = struct.Struct("!I")

OUT_OF_TIME = 1000
"""How a process ended that was killed for the clock; otherwise 0, its exit status, or minus the signal."""

NOT_CONFINED = 71
MOST_ANSWER_BYTES = 16 * 1024 * 1024

_READ_BYTES = 1024 * 1024
_ANSWER_FD = 3
_MOST_OPEN_FILES = 4096


def serve(limits: DecodeLimits) -> None:
    """Answer one request after the other until the socket on standard input closes."""
    prepare_decoders(limits)
    gc.collect()
    gc.freeze()
    client = socket.socket(fileno=os.dup(0))
    while (header := receive(client, REQUEST.size)) is not None:
        photo = receive(client, REQUEST.unpack(header)[0])
        if photo is None:
            return
        ended, answer = _decode_in_a_process(bytes(photo), limits, client)
        client.sendall(ANSWER.pack(ended, len(answer)) + answer)


def receive(connection: socket.socket, size: int) -> bytearray | None:
    """Read exactly so many bytes; None when the other side closed before that."""
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        read = connection.recv_into(view[got:])
        if read == 0:
            return None
        got += read
    return data


def _decode_in_a_process(photo: bytes, limits: DecodeLimits, client: socket.socket) -> tuple[int, bytes]:
    """Fork a limited process for one photo; give how it ended and what it wrote."""
    server = os.getpid()
    answer_end, writing_end = os.pipe()
    child = os.fork()
    if child == 0:
        _answer_and_exit(photo, limits, writing_end, server)
    os.close(writing_end)
    try:
        answer = _answer_in_time(answer_end, limits.wall_seconds, client)
    finally:
        os.close(answer_end)
        # Whoever has written all is exiting: this can't change how it ended, and nobody else may linger.
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if answer is None:
        return OUT_OF_TIME, b""
    return os.waitstatus_to_exitcode(status), answer


def _answer_in_time(answer_end: int, wall_seconds: float, client: socket.socket) -> bytes | None:
    """Collect what the process writes until it ends; None when its time is up, or nobody waits any more."""
    ends_at = time.monotonic() + wall_seconds
    poll = select.poll()
    poll.register(answer_end, select.POLLIN)
    poll.register(client, 0)  # tells of a hang-up only
    answer = bytearray()
    while len(answer) <= MOST_ANSWER_BYTES:
        events = dict(poll.poll(max(0.0, ends_at - time.monotonic()) * 1000))
        if answer_end not in events:
            return None
        piece = os.read(answer_end, _READ_BYTES)
        if not piece:
            return bytes(answer)
        answer += piece
    return b""


def _answer_and_exit(photo: bytes, limits: DecodeLimits, writing_end: int, server: int) -> NoReturn:
    """Be the limited process: keep nothing of the server but the pipe, decode, answer, end."""
    status = 1
    try:
        _keep_only(writing_end)
        if not _confined(photo, limits, server):
            os._exit(NOT_CONFINED)
        inspection = decode(photo, limits)
        document = json.dumps(inspection.to_json()).encode()
        _write_all(DOCUMENT.pack(len(document)) + document + inspection.shown)
        status = 0
    finally:
        os._exit(status)


def _confined(photo: bytes, limits: DecodeLimits, server: int) -> bool:
    try:
        confine_this_process(limits, server)
        if sniff_media(photo) not in (HEIC, HEIF):
            forbid_new_processes()
    except (OSError, ValueError) as error:
        _write_all(str(error).encode())
        return False
    return True


def _write_all(answer: bytes) -> None:
    view = memoryview(answer)
    while view:
        view = view[os.write(_ANSWER_FD, view) :]


def _keep_only(writing_end: int) -> None:
    """Leave the process the pipe and three ends of nothing: no socket of the server, no log to write to."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.dup2(writing_end, _ANSWER_FD)
    os.closerange(_ANSWER_FD + 1, _MOST_OPEN_FILES)
