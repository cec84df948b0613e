"""The benchmark's arithmetic, its page, its load, and one benchmark as small as can be; no figure is ever asserted."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import pytest

from service.devstack.bench.costs import DECISION, DECODING, INTAKE, REFUND, UPLOAD, Cost, whole
from service.devstack.bench.figures import Figure, bar, number, of_rounds, percentile
from service.devstack.bench.load import CAPTURED, NUMBER, Load, take
from service.devstack.bench.processes import below
from service.devstack.bench.report import write
from service.devstack.folder import CHECKOUT


def figure(value: float, floor: float | None, aim: float | None, *, at_least: bool = True) -> Figure:
    return Figure("intake", "claims", value, "claims/s", floor, "pgbench", aim, at_least)


@pytest.mark.parametrize(
    ("one", "met"),
    [
        (figure(30, 100, 0.30), True),
        (figure(29, 100, 0.30), False),
        (figure(50, None, 50, at_least=False), True),
        (figure(51, None, 50, at_least=False), False),
        (figure(51, None, None), None),
    ],
)
def test_an_aim_is_about_the_ratio_where_there_is_a_floor_else_about_the_value(one: Figure, met: bool | None) -> None:
    assert one.met is met


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(n) for n in range(100, 0, -1)]

    assert [percentile(values, share) for share in (0.01, 0.5, 0.99, 1.0)] == [1, 50, 99, 100]
    assert percentile([7.0], 0.99) == 7.0


def test_a_round_in_which_the_machine_was_busy_changes_no_ratio() -> None:
    value, floor = of_rounds([(300.0, 1000.0), (30.0, 100.0), (310.0, 1000.0)])

    assert (value, floor) == (300.0, 1000.0)


def test_a_bar_reaches_its_mark_when_the_aim_is_met() -> None:
    assert bar(figure(30, 100, 0.30)) == "████████████|······"
    assert bar(figure(15, 100, 0.30)) == "██████······|······"
    assert bar(figure(90, 100, 0.30)) == "████████████|██████"
    assert bar(figure(90, 100, None)) == ""


def test_numbers_have_three_digits_that_say_something() -> None:
    assert [number(value) for value in (0.1234, 12.34, 123.4, 12345.6)] == ["0.12", "12.3", "123", "12,346"]


def test_the_page_gets_the_new_table_in_place_of_the_old_one_and_nothing_else_changes(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("before\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nafter\n", encoding="utf-8")

    write([figure(30, 100, 0.30)], date(2026, 11, 27), "python3 run.py bench", page)

    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- measured: begin -->\nMeasured on 2026-11-27 with `python3 run.py bench`")
    assert "| intake | claims | 30.0 claims/s | 100 (pgbench) | 0.30 | ≥ 0.3 |" in text
    assert "old" not in text
    assert text.endswith("<!-- measured: end -->\nafter\n")


def test_a_claim_s_whole_cost_counts_two_photos_and_leaves_half_a_core_free() -> None:
    costs = {part: Cost(1.0, 2.0, 1000.0) for part in (INTAKE, DECISION, REFUND, UPLOAD, DECODING)}

    assert [round(one.value) for one in whole(costs)] == [7, 14, 7000, 3_085_714]


def test_the_load_takes_every_number_through_all_its_steps_with_the_ids_it_was_given() -> None:
    with listening() as (port, heard):
        steps = [request(b"photo-" + NUMBER), request(b"claim-" + NUMBER + b"-" + CAPTURED + b"0")]
        load = Load("127.0.0.1", port, 3, first=5, count=7, steps=[step.decode("latin-1") for step in steps])

        taken = take(load)

    assert (taken.done, taken.failed, len(taken.milliseconds)) == (7, 0, 7)
    photos, claims = [f"photo-{n:09}" for n in range(5, 12)], [f"claim-{n:09}-evd_{'7' * 32}" for n in range(5, 12)]
    assert sorted(heard) == sorted(photos + claims)


def test_requests_that_are_signed_are_sent_as_they_are_one_a_number() -> None:
    with listening() as (port, heard):
        steps = [request(b"push-%d-" % n + NUMBER).decode("latin-1") for n in range(5)]

        taken = take(Load("127.0.0.1", port, 2, first=1, count=5, steps=steps, each=True))

    assert taken.done == 5
    assert sorted(heard) == [f"push-{n}-{NUMBER.decode()}" for n in range(5)]


def test_an_open_loop_begins_at_its_times() -> None:
    with listening() as (port, _):
        load = Load("127.0.0.1", port, 8, first=1, count=21, steps=[request(b"x").decode("latin-1")], rate=100.0)

        taken = take(load)

    assert taken.done == 21
    assert taken.seconds >= 0.2


def test_a_process_below_ours_is_found_by_its_command_with_its_memory_and_its_time() -> None:
    with subprocess.Popen([sys.executable, "-c", "print(input())", "found by this"], stdin=-1, stdout=-1) as child:
        [found] = below(os.getpid(), "found by this")
        used = (found.pid, found.pss_bytes > 1_000_000, found.cpu_seconds >= 0)
        child.communicate(b"end\n")

    assert used == (child.pid, True, True)


def test_one_benchmark_runs_from_the_command_and_ends_with_its_table() -> None:
    command = [sys.executable, "-m", "service.devstack", "bench"]
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}

    listed = subprocess.run([*command, "--list"], cwd=CHECKOUT, env=env, capture_output=True, text=True, timeout=60)
    done = subprocess.run(
        [*command, "intake", "--size", "0.01"], cwd=CHECKOUT, env=env, capture_output=True, text=True, timeout=240
    )

    assert [line.split()[0] for line in listed.stdout.splitlines()][:2] == ["intake", "photos"]
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pgbench" in done.stdout


def request(body: bytes) -> bytes:
    return b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@contextmanager
def listening() -> Iterator[tuple[int, list[str]]]:
    """A server that notes each body and gives every photo the same id."""
    heard: list[str] = []
    lock = Lock()

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            with lock:
                heard.append(body)
            answer = b'{"id": "evd_%s"}' % (b"7" * 32)
            self.send_response(201)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], heard
    finally:
        server.shutdown()
        server.server_close()
