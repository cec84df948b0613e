"""Photos in a folder of this machine: what was written survives a power cut, what was not never appears."""

import errno
import os
import tempfile
from pathlib import Path

from service.evidence.objects import PhotoStoreFull, PhotoStoreUnavailable

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class FolderObjects:
    """Bytes as files below a folder; writers of the same key do each other no harm."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._durable_folders: set[Path] = set()

    def write(self, key: str, data: bytes) -> None:
        """Keep the bytes: a temporary file, made durable, takes its name only when it is whole.

        Bytes that are there already are not written again; their name is made durable, for its writer may be about to.
        """
        target = self._root / key
        try:
            self._make_durable_folder(target.parent)
            if not _holds(target, data):
                _write_whole(target, data)
            _sync_folder(target.parent)
        except OSError as error:
            raise _not_kept(target, len(data), error) from error

    def read(self, key: str) -> bytes | None:
        """Give the bytes of a key, None where there are none."""
        try:
            return (self._root / key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            what = f"photo file {self._root / key} can't be read: {error.strerror}"
            raise PhotoStoreUnavailable(f"{what}; check the folder's rights and its disk") from error

    def _make_durable_folder(self, folder: Path) -> None:
        """Make a folder whose own entry survives a power cut, up to a folder that was there before us.

        One sync serves all folders that lie beside it by then.
        """
        if folder in self._durable_folders:
            return
        if folder != self._root:
            self._make_durable_folder(folder.parent)
        folder.mkdir(mode=0o700, parents=folder == self._root, exist_ok=True)
        beside = {folder} if folder == self._root else {Path(entry) for entry in os.scandir(folder.parent)}
        _sync_folder(folder.parent)
        self._durable_folders |= beside


def _holds(target: Path, data: bytes) -> bool:
    """Say whether these very bytes lie there; a file that was damaged since is written anew."""
    try:
        return target.stat().st_size == len(data) and target.read_bytes() == data
    except FileNotFoundError:
        return False


def _write_whole(target: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=".arriving-", dir=target.parent)
    try:
        with open(handle, "wb", buffering=0) as file:
            view = memoryview(data)
            while view:
                view = view[file.write(view) :]
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _not_kept(target: Path, size: int, error: OSError) -> PhotoStoreUnavailable:
    what = f"a photo of {size} bytes can't be kept in {target.parent}: {error.strerror}"
    if error.errno in _NO_ROOM:
        return PhotoStoreFull(f"{what}; make room on that disk")
    return PhotoStoreUnavailable(f"{what}; check that the folder exists and may be written")
