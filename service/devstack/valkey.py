"""An embedded Valkey: it only carries wake-ups, so it keeps nothing on disk."""

import secrets
import socket
from pathlib import Path
from signal import SIGTERM

from service.devstack.binaries import valkey_server
from service.devstack.leashed import Leashed
from service.devstack.ports import LOOPBACK, free_port
from service.devstack.server import Server

SETTINGS = """bind 127.0.0.1 {also_on}
port {port}
requirepass {password}
dir .
save ""
appendonly no
daemonize no
maxclients 1000
"""


def start_valkey(folder: Path, *, port: int | None = None, password: str | None = None, also_on: str = "") -> Server:
    """Start a server; the settings are a file because a command line is public.

    `port` and `password` are those to come back with after a crash; new ones by default. `also_on` is one
    more address to listen on, beside loopback.
    """
    home = folder / "valkey"
    home.mkdir(mode=0o700, exist_ok=True)
    port, password = port or free_port(), password or secrets.token_urlsafe(32)
    settings = home / "valkey.conf"
    settings.unlink(missing_ok=True)
    settings.touch(mode=0o600, exist_ok=False)
    settings.write_text(SETTINGS.format(port=port, password=password, also_on=also_on))
    return Server(
        name="Valkey",
        process=Leashed([str(valkey_server()), settings.name], log=folder / "logs" / "valkey.log", cwd=home),
        url=f"redis://:{password}@{LOOPBACK}:{port}/0",
        answers=lambda: _answers(port, password),
        stop_signal=SIGTERM,
    )


def _answers(port: int, password: str) -> bool:
    with socket.create_connection((LOOPBACK, port), timeout=1) as line, line.makefile("rb") as answer:
        line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
        return answer.readline() == b"+OK\r\n" and answer.readline() == b"+PONG\r\n"
