"""Commands of the service beside `up`: on the data that it keeps, or on the database that the environment names."""

import os
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from service.devstack.folder import CHECKOUT, enterable, kept_folder
from service.devstack.leashed import StartError
from service.devstack.servers import embedded_servers
from service.devstack.stack import SERVICE, kept_environment


def run_beside(command: Sequence[str], wanted: Path) -> int:
    """Run one command of the service, such as `replay clm_…`, and return its status.

    While `up` runs its servers are asked, otherwise they are started for this one question.
    """
    with ExitStack() as open_for_this:
        env = _environment(wanted, open_for_this)
        return subprocess.run([*SERVICE, *command], cwd=CHECKOUT, env=env).returncode


def _environment(wanted: Path, open_for_this: ExitStack) -> dict[str, str]:
    if os.environ.get("DATABASE_URL"):
        return {"REDIS_URL": "redis://127.0.0.1:6379/0"} | dict(os.environ)
    try:
        folder = open_for_this.enter_context(kept_folder(wanted))
    except StartError:
        running = kept_environment(enterable(wanted))
        if running is None:
            raise
        return dict(os.environ) | running
    servers = open_for_this.enter_context(embedded_servers(folder))
    return dict(os.environ) | {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
