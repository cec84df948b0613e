"""How much a photo may ask of the machine, and how a decoding process is held to it."""

import ctypes
import os
import resource
import signal
import sys
from dataclasses import dataclass

MAX_PHOTO_BYTES = 20 * 1024 * 1024

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_OPEN_FILES = 16
_NOBODY = 65534


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """The limits on one photo: its size as sent, and what its decoding process may use.

    1 GiB of address space carries a 48-megapixel HEIC; the greediest of 1,149 real and malformed images
    took 300 MiB and 1.1 s.
    """

    photo_bytes: int = MAX_PHOTO_BYTES
    pixels: int = 64_000_000
    memory_bytes: int = 1024**3
    cpu_seconds: int = 10
    wall_seconds: float = 15.0


def confine_this_process(limits: DecodeLimits, parent: int) -> None:
    """Give up, for good, whatever decoding doesn't need; raises OSError where the system won't have it.

    The process dies with its parent, whose process id is given. Root becomes nobody.
    """
    _cap(resource.RLIMIT_AS, limits.memory_bytes)
    _cap(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1)
    _cap(resource.RLIMIT_FSIZE, 0)
    _cap(resource.RLIMIT_CORE, 0)
    _cap(resource.RLIMIT_NOFILE, _OPEN_FILES)
    if os.geteuid() == 0:
        _become_nobody()
    if sys.platform == "linux":
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise OSError("the decoding server died while its process was being confined")


def forbid_new_processes() -> None:
    """Give up starting processes and threads; not for HEIC, whose decoder works in a thread of its own."""
    _cap(resource.RLIMIT_NPROC, 0)


def _cap(kind: int, warn_at: int, stop_at: int | None = None) -> None:
    """Lower a limit, never above what was given; past `warn_at` a signal tells which limit it was."""
    given = resource.getrlimit(kind)[1]
    hard = warn_at if stop_at is None else stop_at
    if given != resource.RLIM_INFINITY:
        hard = min(hard, given)
    resource.setrlimit(kind, (min(warn_at, hard), hard))


def _become_nobody() -> None:
    os.setgroups([])
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option} was refused")


_libc = ctypes.CDLL(None, use_errno=True)
