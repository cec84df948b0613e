"""Runs one Celery worker a queue, so that a slow bank or a heavy photo never delays a decision."""

import os
import signal
import subprocess
import sys
import time
from types import FrameType

from service.queues import Queue

GRACE_SECONDS = 10.0


def main() -> int:
    """Run workers for the queues named (all by default) until one ends or a signal comes."""
    queues = [Queue(name) for name in sys.argv[1:]] or list(Queue)
    if len(queues) == 1:
        os.execv(sys.executable, _worker(queues[0]))
    running = [subprocess.Popen(_worker(queue)) for queue in queues]
    stopping = False

    def stop(*_: int | FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    while not stopping and all(worker.poll() is None for worker in running):
        time.sleep(0.2)
    return _stop(running, expected=stopping)


def _worker(queue: Queue) -> list[str]:
    options = [
        "--pool=prefork",
        "--concurrency=1",
        "--loglevel=WARNING",
        f"--queues={queue}",
        f"--hostname={queue}@%h",
    ]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [sys.executable, "-m", "celery", "--app=workers.app", "--quiet", "worker", *options, *quiet]


def _stop(running: list[subprocess.Popen[bytes]], *, expected: bool) -> int:
    for worker in running:
        worker.terminate()
    ends_at = time.monotonic() + GRACE_SECONDS
    for worker in running:
        try:
            worker.wait(max(ends_at - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            worker.kill()
    return 0 if expected else 1


if __name__ == "__main__":
    sys.exit(main())
