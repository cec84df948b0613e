"""`test`: pytest on embedded servers of its own, which are thrown away afterwards."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from service.devstack.folder import CHECKOUT, passing_folder
from service.devstack.leashed import LEASH
from service.devstack.servers import embedded_servers

PLUGINS = ("-p", "_hypothesis_pytestplugin")
"""Named one by one, since looking for plugins in every installed package takes pytest over two seconds."""
UNASKED_SECONDS = 0.4
ASKED_SECONDS = 1.2


def run_tests(arguments: Sequence[str]) -> int:
    """The exit status of pytest, which gets DATABASE_URL and REDIS_URL."""
    with passing_folder("test") as folder, embedded_servers(folder, durable=False) as servers:
        env = dict(os.environ) | {
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        tied = [sys.executable, "-I", "-S", str(LEASH), "--tie", str(os.getpid())]
        pytest = [sys.executable, "-m", "pytest", *PLUGINS, *arguments]
        with subprocess.Popen([*tied, *pytest], env=env, cwd=CHECKOUT) as process:
            return _finished(process)


def _finished(process: subprocess.Popen[bytes]) -> int:
    """Ctrl-C at a terminal reaches pytest too, a signal to us alone is passed on; either way it sums up."""
    try:
        return _status(process.wait())
    except BaseException:
        with suppress(subprocess.TimeoutExpired):
            return _status(process.wait(UNASKED_SECONDS))
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return _status(process.wait(ASKED_SECONDS))
        process.kill()
        raise


def _status(code: int) -> int:
    return code if code >= 0 else 128 - code
