"""The folder that holds a stack's data: marked as ours, held by one run at a time, open to PostgreSQL."""

import contextlib
import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from service.devstack.account import may_enter, stepping_down
from service.devstack.leashed import StartError

CHECKOUT = Path(__file__).resolve().parents[2]
MARKER = ".makegood-data"
OUTLIVES_A_RESTART = Path("/var/tmp")


@contextlib.contextmanager
def kept_folder(wanted: Path, *, fresh: bool = False) -> Iterator[Path]:
    """Hold the data folder, made if need be, emptied if fresh; StartError if it is foreign or in use."""
    folder = enterable(wanted)
    _make(folder)
    with _held(folder):
        if fresh:
            _empty(folder)
        yield folder


@contextlib.contextmanager
def passing_folder(purpose: str) -> Iterator[Path]:
    """A folder for one run, removed at the end; those of runs that were killed are removed now."""
    prefix = f"makegood-{purpose}-"
    parent = enterable(Path(tempfile.gettempdir(), "makegood")).parent
    for left in parent.glob(f"{prefix}*"):
        _remove_if_abandoned(left)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    _make(folder)
    try:
        with _held(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def default_folder() -> Path:
    """Where `up` keeps its data unless told otherwise."""
    return CHECKOUT / ".makegood"


def enterable(wanted: Path) -> Path:
    """The folder itself, or one named after it elsewhere when PostgreSQL's account can't get into it."""
    account = stepping_down()
    if may_enter(wanted.parent, account):
        return wanted
    parent = OUTLIVES_A_RESTART if OUTLIVES_A_RESTART.is_dir() else Path(tempfile.gettempdir())
    name = hashlib.sha256(str(wanted.resolve()).encode()).hexdigest()[:12]
    instead = parent / f"makegood-{name}"
    if not may_enter(parent, account):
        raise StartError(
            f"PostgreSQL runs as nobody, who can enter neither {wanted.parent} nor {parent}; "
            "start as an ordinary user, or set DATABASE_URL and REDIS_URL"
        )
    return instead


def _make(folder: Path) -> None:
    """Others may pass through to what is theirs (PostgreSQL as nobody), but may not look around."""
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
    elif not (folder / MARKER).exists() and any(folder.iterdir()):
        raise StartError(f"{folder} holds files that Makegood did not put there; name an empty or a new folder")
    _refuse_foreign(folder)
    folder.chmod(0o711 if stepping_down() else 0o700)
    (folder / MARKER).touch(mode=0o600)


def _refuse_foreign(folder: Path) -> None:
    """In a shared parent somebody else could have made the folder before us."""
    if folder.is_symlink():
        raise StartError(f"{folder} is a link; name the folder itself")
    if stepping_down() and folder.stat().st_uid != 0:
        raise StartError(f"{folder} belongs to another account; remove it or name another folder")


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    with (folder / MARKER).open("rb") as marker:
        try:
            fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(f"another run uses {folder} now; stop it first, or name another folder") from None
        yield


def _empty(folder: Path) -> None:
    """Only what is inside, and only in a folder that carries our marker."""
    for inside in folder.iterdir():
        if inside.name == MARKER:
            continue
        if inside.is_dir() and not inside.is_symlink():
            shutil.rmtree(inside)
        else:
            inside.unlink()


def _remove_if_abandoned(folder: Path) -> None:
    """Its marker's lock went with the process that held it."""
    with contextlib.suppress(OSError, StartError), _held(folder):
        shutil.rmtree(folder)
