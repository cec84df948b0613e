"""An embedded PostgreSQL: a cluster made once per data folder, and a server on a free loopback port."""

import contextlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGINT

from service.devstack.account import Account, hand_over, may_enter, stepping_down
from service.devstack.binaries import postgres_programs
from service.devstack.leashed import Leashed, StartError
from service.devstack.ports import LOOPBACK, free_port
from service.devstack.server import Server

OWNER = "makegood"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # A socket's path is limited to 107 bytes, and one door is enough.
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
UNSAFE_BUT_QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""For data that is thrown away at the end anyway."""


def start_postgres(
    folder: Path,
    *,
    durable: bool,
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
    making: Sequence[str] = (),
) -> Server:
    """Start a server on the cluster in `folder/postgres`, made if absent; StartError says what failed.

    `port` is the one to come back on after a crash; a free one by default. `settings` come on top of the usual ones,
    `making` are more options for initdb.
    """
    account = stepping_down()
    if not may_enter(folder, account):
        raise StartError(f"PostgreSQL runs as nobody, who can't enter {folder}; name a folder under /var/tmp")
    programs = postgres_programs(account)
    data, password_file = folder / "postgres", folder / "postgres.password"
    if not data.exists():
        _make_cluster(programs, data, password_file, account, [*making, *([] if durable else ["--no-sync"])])
    _forget_dead_server(data)
    port = port or free_port()
    usual = SETTINGS | ({} if durable else UNSAFE_BUT_QUICK) | {"port": str(port)}
    options = [part for name, value in (usual | dict(settings or {})).items() for part in ("-c", f"{name}={value}")]
    process = Leashed(
        [str(programs / "postgres"), "-D", str(data), *options],
        log=folder / "logs" / "postgres.log",
        env=_plain_environment(),
        cwd=Path("/"),
        account=account.leash_name if account else "-",
    )
    is_ready = [str(programs / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(port)]
    return Server(
        name="PostgreSQL",
        process=process,
        url=f"postgresql://{OWNER}:{password_file.read_text()}@{LOOPBACK}:{port}/{OWNER}",
        answers=lambda: subprocess.run(is_ready, env=_plain_environment()).returncode == 0,
        stop_signal=SIGINT,  # Fast shutdown: sessions are cut, data is written.
    )


def _make_cluster(
    programs: Path, data: Path, password_file: Path, account: Account | None, options: Sequence[str]
) -> None:
    """Made aside and renamed when complete, so a killed initdb leaves nothing that looks like a cluster."""
    making = data.with_name("postgres.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    hand_over(making, account)
    password_file.unlink(missing_ok=True)
    password_file.touch(mode=0o600, exist_ok=False)
    password_file.write_text(secrets.token_urlsafe(32))
    hand_over(password_file, account)
    _run(
        [
            str(programs / "initdb"), "-D", str(making), "--username", OWNER, "--pwfile", str(password_file),
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C",
            "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--no-instructions", *options,
        ],
        account,
    )  # fmt: skip
    _run(
        [str(programs / "postgres"), "--single", "-D", str(making), "template1"],
        account,
        f"CREATE DATABASE {OWNER};\n",
    )
    making.rename(data)


def _run(command: list[str], account: Account | None, said: str = "") -> None:
    """One of PostgreSQL's programs, as the account that owns the cluster."""
    done = subprocess.run(
        command,
        input=said,
        capture_output=True,
        text=True,
        env=_plain_environment(),
        cwd="/",
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode != 0:
        raise StartError(f"{Path(command[0]).name} failed with status {done.returncode}: {done.stderr.strip()}")


def _plain_environment() -> dict[str, str]:
    """PG* variables of the caller would redirect the programs, and a foreign locale would fail initdb."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def _forget_dead_server(data: Path) -> None:
    """After kill -9 its number may be another process's by now, which PostgreSQL would take for a server."""
    pid_file = data / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError):
        number = pid_file.read_text().split("\n", 1)[0]
        program = Path("/proc", number, "exe")
        if Path("/proc/self/exe").exists() and not _is_postgres(program):
            pid_file.unlink()


def _is_postgres(program: Path) -> bool:
    try:
        return program.readlink().name == "postgres"
    except FileNotFoundError:
        return False
    except PermissionError:  # Another account's process: ours are always readable to us.
        return False
