"""Mounts and networks of this process's own: nobody else sees them, and they vanish with it however it ends."""

import ctypes
import os
import subprocess
import sys

from service.devstack.storm.scenario import NotPossibleHere

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000


def mounts_apart() -> None:
    """Let this thread and all that it starts from now on have mounts of their own.

    Raises NotPossibleHere unless this is Linux and we are root.
    """
    _unshare(CLONE_NEWNS, "mounts")
    ordered("mount", "--make-rprivate", "/")


def network_apart() -> None:
    """Let this thread and all that it starts from now on have a network of their own, with nothing but loopback.

    Raises NotPossibleHere unless this is Linux and we are root.
    """
    _unshare(CLONE_NEWNET, "a network")
    ordered("ip", "link", "set", "lo", "up")


def ordered(*command: str) -> None:
    """Run a command of the system; raises NotPossibleHere with what it said when it refuses."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise NotPossibleHere(f"the program {command[0]} is not installed: install it") from None
    if done.returncode != 0:
        raise NotPossibleHere(f"`{' '.join(command)}` was refused: {done.stderr.strip() or done.stdout.strip()}")


def _unshare(what: int, words: str) -> None:
    if sys.platform != "linux":
        raise NotPossibleHere(f"{words} of one's own need Linux; this is {sys.platform}")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(what) != 0:
        because = os.strerror(ctypes.get_errno())
        raise NotPossibleHere(f"this account may not have {words} of its own ({because}): run as root")
