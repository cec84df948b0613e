"""The whole service on one machine: servers, migrations, tokens, API, worker, sweeper and sandbox bank."""

import base64
import json
import os
import secrets
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.devstack.folder import CHECKOUT
from service.devstack.leashed import StartError
from service.devstack.ports import LOOPBACK, free_port
from service.devstack.progress import step
from service.devstack.servers import Servers, embedded_servers
from service.devstack.supervisor import Supervisor
from service.queues import Queue

READY_SECONDS = 30.0
FARMER = "farmer-zhang"
"""The farmer of the sample season whose own token is made."""

SERVICE = (sys.executable, "-m", "service")
BANK = (sys.executable, "-m", "service.devstack.bank")


@dataclass(frozen=True, slots=True)
class Stack:
    """A running service and how to reach it; `env` is what its processes were given, secrets included."""

    api_url: str
    bank_url: str
    tokens: Mapping[str, str]
    env: Mapping[str, str]
    supervisor: Supervisor


@contextmanager
def running_stack(folder: Path, api_port: int) -> Iterator[Stack]:
    """Start everything, its data in the folder, and stop it at the end; StartError names what failed."""
    with ExitStack() as running:
        with step("PostgreSQL and Valkey"):
            servers = running.enter_context(embedded_servers(folder))
        yield running.enter_context(serving(folder, api_port, servers))


@contextmanager
def serving(folder: Path, api_port: int, servers: Servers, *, bank_host: str = LOOPBACK) -> Iterator[Stack]:
    """Run the service's processes and the sandbox bank on servers that run already."""
    bank_port = free_port()
    supervisor = Supervisor(folder / "logs")
    env = _environment(folder, api_port, f"{bank_host}:{bank_port}") | {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
    }
    with ExitStack() as running:
        running.callback(supervisor.stop)
        supervisor.start(
            "bank", [*BANK, "--host", bank_host, "--port", str(bank_port), "--folder", str(folder / "bank")], env
        )
        with step("migrations"):
            service("migrate", env=env)
        with step("API, workers, sweeper and sandbox bank"):
            supervisor.start("api", [*SERVICE, "api"], env)
            supervisor.start("sweeper", [sys.executable, "-m", "workers.sweeper"], env)
            for queue in Queue:
                supervisor.start(worker_of(queue), [sys.executable, "-m", "workers", queue], env)
            tokens = make_tokens(folder, env)
            supervisor.await_ready("bank", f"{env['MAKEGOOD_BANK_URL']}/healthz", READY_SECONDS)
            supervisor.await_ready("api", f"{env['MAKEGOOD_PUBLIC_URL']}/readyz", READY_SECONDS)
        _keep_environment(folder, env)
        yield Stack(env["MAKEGOOD_PUBLIC_URL"], env["MAKEGOOD_BANK_URL"], tokens, env, supervisor)


def worker_of(queue: Queue) -> str:
    """The name of a queue's worker among the children."""
    return f"worker-{queue}"


def make_tokens(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Tokens by client name, for a person or the demo to call the API with; the same as long as the data lasts."""
    kept = folder / "tokens.json"
    if not kept.exists():
        made = service("token-set", "--farmer", FARMER, env=env)
        kept.touch(mode=0o600)
        kept.write_text(made)
    tokens: dict[str, str] = json.loads(kept.read_text())
    return tokens


def service(*arguments: str, env: Mapping[str, str]) -> str:
    """Run one of the service's own commands to its end and return what it printed."""
    done = subprocess.run([*SERVICE, *arguments], cwd=CHECKOUT, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise StartError(f"`service {' '.join(arguments)}` failed with status {done.returncode}:\n{said[-3000:]}")
    return done.stdout


def kept_environment(folder: Path) -> dict[str, str] | None:
    """The settings that the stack on this folder runs with, None where none ever ran."""
    try:
        lines = _file_of(folder).read_text().splitlines()
    except FileNotFoundError:
        return None
    pairs = (shlex.split(line)[1].partition("=") for line in lines)
    return {name: value for name, _, value in pairs}


def _keep_environment(folder: Path, env: Mapping[str, str]) -> None:
    """For commands beside the running stack: `. FILE`, then `python -m service …`; secrets, so for us alone."""
    names = ("DATABASE_URL", "REDIS_URL", *sorted(name for name in env if name.startswith("MAKEGOOD_")))
    file = _file_of(folder)
    file.unlink(missing_ok=True)
    file.touch(mode=0o600, exist_ok=False)
    file.write_text("".join(f"export {name}={shlex.quote(env[name])}\n" for name in names))


def _file_of(folder: Path) -> Path:
    return folder / "environment"


def _secrets_key(folder: Path) -> str:
    """What seals others' secrets must be the same as long as the data lasts."""
    kept = folder / "secrets.key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    return kept.read_text()


def _scratch(folder: Path) -> Path:
    """A folder for what processes that are ended at once leave behind: emptied at each start, gone with the data."""
    scratch = folder / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    return scratch


def _environment(folder: Path, api_port: int, bank_address: str) -> dict[str, str]:
    photos = folder / "photos"
    photos.mkdir(mode=0o700, exist_ok=True)
    return dict(os.environ) | {
        "MAKEGOOD_HOST": LOOPBACK,
        "MAKEGOOD_PORT": str(api_port),
        "MAKEGOOD_PUBLIC_URL": f"http://{LOOPBACK}:{api_port}",
        "MAKEGOOD_PHOTOS_URL": photos.as_uri(),
        "MAKEGOOD_BANK_URL": f"http://{bank_address}",
        "MAKEGOOD_BANK_SECRET": secrets.token_urlsafe(32),
        "MAKEGOOD_SECRETS_KEY": _secrets_key(folder),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(_scratch(folder)),
    }
