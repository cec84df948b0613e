"""Decoding processes are killed at the worst moments, and nobody is left waiting or behind."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from made_photos import photo, slow_jpeg

from service.evidence.limits import DecodeLimits
from service.evidence.sandbox import Sandbox, SandboxUnavailable

CHECKOUT = Path(__file__).resolve().parents[2]
SLOW_PHOTO = slow_jpeg(scans=4_000)
PATIENCE_SECONDS = 20

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")


@pytest.fixture
def own_sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox(DecodeLimits())
    sandbox.inspect(photo())
    yield sandbox
    sandbox.stop()


def server_of(sandbox: Sandbox) -> int:
    assert sandbox.server_pid is not None
    return sandbox.server_pid


def decoding_process(server: int) -> int:
    """Wait until the server has forked a process for a photo, and give its id."""
    patient_until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < patient_until:
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        if children:
            return int(children[0])
        os.sched_yield()
    raise AssertionError(f"server {server} forked no process within {PATIENCE_SECONDS} s")


def ends(pidfd: int) -> bool:
    """Wait for a process that may be nobody's child of ours; true if it ended in time."""
    readable, _, _ = select.select([pidfd], [], [], PATIENCE_SECONDS)
    os.close(pidfd)
    return bool(readable)


def test_a_decoding_process_that_is_killed_midway_is_a_refusal(own_sandbox: Sandbox) -> None:
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(own_sandbox.inspect, SLOW_PHOTO)
        os.kill(decoding_process(server_of(own_sandbox)), signal.SIGKILL)
        inspection = answer.result(PATIENCE_SECONDS)

    assert not inspection.readable
    assert inspection.refusal == "decoding the photo was stopped by the system, most likely for want of memory"


def test_a_decoder_that_crashes_is_a_refusal_and_the_next_photo_is_read(own_sandbox: Sandbox) -> None:
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(own_sandbox.inspect, SLOW_PHOTO)
        os.kill(decoding_process(server_of(own_sandbox)), signal.SIGSEGV)
        inspection = answer.result(PATIENCE_SECONDS)

    assert inspection.refusal is not None
    assert f"the decoder broke down on the photo (signal {signal.SIGSEGV.value})" in inspection.refusal
    assert own_sandbox.inspect(photo()).readable


def test_a_server_killed_between_two_photos_is_replaced(own_sandbox: Sandbox) -> None:
    first = server_of(own_sandbox)
    os.kill(first, signal.SIGKILL)

    inspection = own_sandbox.inspect(photo())

    assert inspection.readable
    assert own_sandbox.server_pid != first


def test_a_server_killed_midway_takes_its_process_along_and_the_photo_is_tried_again() -> None:
    sandbox = Sandbox(DecodeLimits(cpu_seconds=1))
    sandbox.inspect(photo())
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.inspect, SLOW_PHOTO)
        orphan = os.pidfd_open(decoding_process(server_of(sandbox)))
        os.kill(server_of(sandbox), signal.SIGKILL)
        inspection = answer.result(PATIENCE_SECONDS)
    sandbox.stop()

    assert ends(orphan)
    assert inspection.refusal == "decoding the photo takes more than the 1 s of processor time allowed"


def test_a_server_that_dies_each_time_is_no_fault_of_the_photo(own_sandbox: Sandbox) -> None:
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(own_sandbox.inspect, SLOW_PHOTO)
        first = server_of(own_sandbox)
        decoding_process(first)
        os.kill(first, signal.SIGKILL)
        second = next_server(own_sandbox, first)
        decoding_process(second)
        os.kill(second, signal.SIGKILL)

        with pytest.raises(SandboxUnavailable, match="died 2 times over one photo"):
            answer.result(PATIENCE_SECONDS)


def next_server(sandbox: Sandbox, last: int) -> int:
    patient_until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < patient_until:
        if sandbox.server_pid not in (None, last):
            return server_of(sandbox)
        os.sched_yield()
    raise AssertionError(f"no server followed {last} within {PATIENCE_SECONDS} s")


def test_nothing_is_left_when_the_worker_is_killed_midway() -> None:
    program = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from service.evidence.sandbox import Sandbox; from service.evidence.limits import DecodeLimits\n"
        "from made_photos import photo, slow_jpeg\n"
        "sandbox = Sandbox(DecodeLimits()); sandbox.inspect(photo())\n"
        "slow = slow_jpeg(4_000); print(sandbox.server_pid, flush=True); sandbox.inspect(slow)\n"
    )
    command = [sys.executable, "-c", program, str(CHECKOUT), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        server = int(worker.stdout.readline())
        left = [os.pidfd_open(server), os.pidfd_open(decoding_process(server))]
        worker.kill()

    assert [ends(pidfd) for pidfd in left] == [True, True]


def test_a_forked_worker_has_a_server_of_its_own_and_leaves_its_parents_alone(own_sandbox: Sandbox) -> None:
    answer_end, writing_end = os.pipe()
    worker = os.fork()
    if worker == 0:
        inspection = own_sandbox.inspect(photo())
        os.write(writing_end, f"{inspection.readable} {own_sandbox.server_pid}".encode())
        os._exit(0)
    os.waitpid(worker, 0)
    readable, server = os.read(answer_end, 100).decode().split()
    os.close(answer_end)
    os.close(writing_end)

    assert readable == "True"
    assert int(server) != own_sandbox.server_pid
    assert own_sandbox.inspect(photo()).readable


def test_threads_wait_for_each_other(own_sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(8) as threads:
        inspections = list(threads.map(own_sandbox.inspect, [photo(size=(60 + n, 40)) for n in range(40)]))

    assert [inspection.width for inspection in inspections] == [60 + n for n in range(40)]


def test_a_decoding_process_is_held_to_its_limits_and_knows_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-of-ours")
    sandbox = Sandbox(DecodeLimits())
    sandbox.inspect(photo())
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(sandbox.inspect, SLOW_PHOTO)
        process = Path(f"/proc/{decoding_process(server_of(sandbox))}")
        limits = settled_limits(process)
        status = (process / "status").read_text()
        environment = Path(f"/proc/{server_of(sandbox)}/environ").read_bytes()
        os.kill(int(process.name), signal.SIGKILL)
        answer.result(PATIENCE_SECONDS)
    sandbox.stop()

    assert limits["Max address space"] == str(1024**3)
    assert limits["Max file size"] == "0"
    assert "Uid:\t0\t" not in status
    assert "NoNewPrivs:\t1" in status
    assert b"a-secret-of-ours" not in environment


def settled_limits(process: Path) -> dict[str, str]:
    """Wait until a decoding process has given up its last right, to start others, and give its limits."""
    patient_until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < patient_until:
        lines = (process / "limits").read_text().splitlines()[1:]
        limits = {line[:26].strip(): line[26:].split()[0] for line in lines}
        if limits["Max processes"] == "0":
            return limits
        os.sched_yield()
    raise AssertionError(f"{process} could still start processes after {PATIENCE_SECONDS} s")
