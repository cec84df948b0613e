"""Runs the HTTP server."""

import os
from tempfile import TemporaryDirectory

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from service.config import Config

BACKLOG = 1024
WAITING_A_THREAD = 16
"""Requests that a process takes for each of its threads before it leaves them in the socket's backlog."""

PATIENCE_SECONDS = 10


def serve(config: Config) -> None:
    """Serve until SIGTERM or SIGINT; a worker process that dies is started again.

    Its processes add up their request counts in a folder that begins empty and ends with the server.
    """
    with TemporaryDirectory(prefix="makegood-metrics-") as folder:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
        server = Granian(
            "service.web.wsgi:open_app",
            factory=True,
            address=config.host,
            port=config.port,
            interface=Interfaces.WSGI,
            workers=config.processes,
            blocking_threads=config.threads,
            backlog=BACKLOG,
            backpressure=config.threads * WAITING_A_THREAD,
            respawn_failed_workers=True,
            workers_kill_timeout=PATIENCE_SECONDS,
            log_level=LogLevels.warning,
            log_access=False,
        )
        server.serve()
