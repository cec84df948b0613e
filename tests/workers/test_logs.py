"""Log lines as a process really writes them."""

import json
import subprocess
import sys

from tests.workers.conftest import CHECKOUT

TELL = """
import logging, threading
import structlog
from schemas.vocabulary import Party
from service.wiring.logs import set_up_logs

set_up_logs(as_json=True, process="worker")
thread = threading.Thread(target=lambda: structlog.get_logger().info("told", party=Party.FARMER))
thread.start()
thread.join()
logging.getLogger("a library").warning("told")
"""


def test_every_line_is_json_and_names_its_process_in_whichever_thread_it_is_written() -> None:
    done = subprocess.run([sys.executable, "-c", TELL], cwd=CHECKOUT, capture_output=True, text=True, check=True)

    ours, library = (json.loads(line) for line in done.stderr.splitlines())
    assert (ours["event"], ours["process"], ours["party"]) == ("told", "worker", "farmer")
    assert (library["event"], library["process"], library["level"]) == ("told", "worker", "warning")
