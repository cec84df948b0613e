"""What processes use, read from /proc: proportional memory, and the processor's time."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """A process below ours."""

    pid: int
    command: str

    @property
    def pss_bytes(self) -> int:
        """Memory of its own and its part of what it shares."""
        for line in (PROC / str(self.pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        return 0

    @property
    def cpu_seconds(self) -> float:
        """Processor's time so far, that of its children that have ended included."""
        return sum(int(ticks) for ticks in _stat(self.pid)[11:15]) / TICKS


def below(pid: int, part: str = "") -> list[Process]:
    """Return the processes below one whose command has this part, by their number."""
    return sorted(
        (process for process in _descendants(pid) if part in process.command and "leash.py" not in process.command),
        key=lambda process: process.pid,
    )


def cpu_seconds(pid: int, part: str) -> float:
    """Return the processor's time of all processes below one whose command has this part."""
    return sum(process.cpu_seconds for process in below(pid, part))


def _descendants(pid: int) -> Iterator[Process]:
    parents: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                parents.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
            except OSError:
                continue
    waiting = [pid]
    while waiting:
        for child in parents.get(waiting.pop(), ()):
            waiting.append(child)
            try:
                command = (PROC / str(child) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            yield Process(child, command)


def _stat(pid: int) -> list[str]:
    """The fields after the program's name, which may hold spaces; the first is the state."""
    return (PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
