"""A small disk that can be filled to the last byte and freed again."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from service.devstack.storm.apart import mounts_apart, ordered

CHUNK_BYTES = 1024 * 1024
LEAST_BYTES = 4096


class SmallDisk:
    """A disk that only this process and its children see."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self) -> int:
        """Leave no room at all; return how many bytes that took."""
        filled = 0
        with self._ballast.open("ab", buffering=0) as ballast:
            for size in (CHUNK_BYTES, LEAST_BYTES):
                with suppress(_NoRoom):
                    while True:
                        filled += _written(ballast.fileno(), size)
        return filled

    def free(self) -> None:
        """Make room again."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, megabytes: int, mode: str) -> Iterator[SmallDisk]:
    """Lend a tmpfs on a folder; it goes with this process at the latest. Raises NotPossibleHere where not allowed."""
    mounts_apart()
    folder.mkdir(mode=0o700, exist_ok=True)
    ordered("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode={mode}", "makegood-storm", str(folder))
    try:
        yield SmallDisk(folder)
    finally:
        ordered("umount", "--lazy", str(folder))


class _NoRoom(Exception):
    """Not one byte more."""


def _written(handle: int, size: int) -> int:
    try:
        return os.write(handle, bytes(size))
    except OSError as full:
        if full.errno == errno.ENOSPC:
            raise _NoRoom from full
        raise
