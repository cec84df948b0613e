"""Hold one child so that it can't outlive its owner: `python leash.py ACCOUNT COMMAND ...`, run as a script.

ACCOUNT is `uid:gid`, or `-` to stay who we are. Each byte on standard input is a signal number for the child;
the end of standard input means that the owner is gone, however it died. It is a process rather than a mere
death signal, because a worker's own children must go too and because only Linux has such a signal.

`python leash.py --tie PARENT COMMAND ...` gives only the death signal and turns into the command, which keeps
the terminal: for pytest.
"""

import contextlib
import ctypes
import os
import signal
import sys
import threading

PR_SET_PDEATHSIG = 1
TO_ALL = frozenset({signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT})
"""These strike the child's whole group; the others are requests, which the child passes on as it sees fit."""


def main(account: str, command: list[str]) -> int:
    """Run the command until it ends or the owner does; its exit status is ours, 128 + n for signal n."""
    leash = os.getpid()
    child = os.fork()
    if child == 0:
        become(account, command, leash)
    with contextlib.suppress(OSError):
        os.setpgid(child, child)
    threading.Thread(target=obey, args=(child,), daemon=True).start()
    _, status = os.waitpid(child, 0)
    strike(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def become(account: str, command: list[str], leash: int) -> None:
    """Turn the fork into the command, under its own account and in a group of its own."""
    try:
        os.setpgid(0, 0)
        if account != "-":
            drop_to(account)
        tie_to(leash)
        for ignored in (
            signal.SIGINT,
            signal.SIGPIPE,
        ):  # Being ignored is inherited; PostgreSQL's fast stop is SIGINT.
            signal.signal(ignored, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.execvp(command[0], command)
    except OSError as error:
        print(f"could not start {command[0]}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(127)


def drop_to(account: str) -> None:
    """Give root away for good: groups first, while we still may."""
    uid, gid = (int(part) for part in account.split(":"))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def tie_to(parent: int) -> None:
    """Die with the parent: asked for after the change of account, which would clear the wish."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def obey(child: int) -> None:
    """Pass on what the owner asks for; when it can no longer ask, end everything."""
    while order := os.read(0, 1):
        strike(child, signal.Signals(order[0]))
    strike(child, signal.SIGKILL)


def strike(child: int, number: signal.Signals) -> None:
    """A child that is already gone needs no signal."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if number in TO_ALL:
            os.killpg(child, number)
        else:
            os.kill(child, number)


if __name__ == "__main__":
    if sys.argv[1] == "--tie":
        tie_to(int(sys.argv[2]))
        os.execvp(sys.argv[3], sys.argv[3:])
    os._exit(main(sys.argv[1], sys.argv[2:]))
