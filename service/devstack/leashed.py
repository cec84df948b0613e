"""The owner's end of a leash: start a process that dies with us, signal it, wait for it."""

import contextlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGKILL, Signals

LEASH = Path(__file__).with_name("leash.py")


class StartError(RuntimeError):
    """Something of the stack did not start; the message names it, why, and where to look."""


class Leashed:
    """A running process and the pipe that keeps it alive; any thread may start or signal it."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        account: str = "-",
    ) -> None:
        """Start the command, its output appended to the log; root steps down to the account `uid:gid`."""
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._leash = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LEASH), account, *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                bufsize=0,
                process_group=0,
            )
        self.log = log

    def send(self, number: Signals) -> None:
        """Signal the process, with SIGKILL, SIGSTOP and SIGCONT its children too; nothing once it is gone."""
        lifeline = self._leash.stdin
        if lifeline is None or lifeline.closed:
            return
        with contextlib.suppress(BrokenPipeError):
            lifeline.write(bytes([number]))

    def exit_status(self) -> int | None:
        """The exit status, 128 + n after signal n, or None while it runs."""
        return self._leash.poll()

    def ended_within(self, seconds: float) -> bool:
        """Wait for the end at most so long; False when it still runs then."""
        try:
            self._leash.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            return False
        self._let_go()
        return True

    def kill(self) -> None:
        """End the process and its children at once, as a power cut would, and wait until they are gone."""
        self.send(SIGKILL)
        self._leash.wait()
        self._let_go()

    def last_words(self, lines: int = 12) -> str:
        """The end of its log, for the message about a start that failed."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _let_go(self) -> None:
        if self._leash.stdin is not None:
            self._leash.stdin.close()
