"""The commands behind run.py, inside the environment: `python -m service.devstack COMMAND`."""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from service.devstack.bench.effort import effort_of
from service.devstack.bench.run import run_bench
from service.devstack.beside import run_beside
from service.devstack.check import run_checks
from service.devstack.demo import run_demo
from service.devstack.folder import default_folder
from service.devstack.leashed import StartError
from service.devstack.play import play
from service.devstack.storm.registry import SCENARIOS
from service.devstack.storm.run import list_storms, run_storm
from service.devstack.suite import run_tests
from service.devstack.up import keep_up


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status; what could not start is told in words, with status 1."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # A shell's background jobs start with it ignored.
    if arguments[:1] == ["test"]:  # Everything after it is pytest's, options too.
        return _told(lambda: run_tests(arguments[1:]))
    wanted = _parser().parse_args(arguments)
    if wanted.command == "up":
        return _told(lambda: keep_up(wanted.folder.resolve(), fresh=wanted.fresh))
    if wanted.command == "demo":
        return _told(lambda: run_demo(play))
    if wanted.command == "replay":
        return _told(lambda: run_beside(["replay", wanted.claim], wanted.folder.resolve()))
    if wanted.command == "reread":
        command = ["reread", wanted.provider, "--since", wanted.since]
        return _told(lambda: run_beside(command, wanted.folder.resolve()))
    if wanted.command == "storm":
        if wanted.list:
            return list_storms()
        return _told(lambda: run_storm(wanted.scenario, seed=wanted.seed, claims=wanted.claims, seconds=wanted.seconds))
    if wanted.command == "bench":
        effort = effort_of(quick=wanted.quick, size=wanted.size)
        return _told(lambda: run_bench(wanted.names, effort, listed=wanted.list, write=wanted.write))
    return _told(run_checks)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start everything and keep it running until Ctrl-C")
    up.add_argument("--fresh", action="store_true", help="begin with empty data")
    commands.add_parser("demo", help="start everything, play the main job, stop everything")
    commands.add_parser("test", help="run the tests; what follows goes to pytest", add_help=False)
    storm = commands.add_parser("storm", help="post claims while everything around them dies, then count")
    storm.add_argument(
        "scenario", nargs="?", choices=list(SCENARIOS), default="general", metavar="SCENARIO", help=", ".join(SCENARIOS)
    )
    storm.add_argument("--seed", type=int, default=1, help="the same seed gives the same storm")
    storm.add_argument("--claims", type=int, help="how many claims are posted; each scenario has its own usual number")
    storm.add_argument("--seconds", type=float, help="how long faults strike; each scenario has its own usual time")
    storm.add_argument("--list", action="store_true", help="every scenario: what strikes, and what must hold")
    bench = commands.add_parser("bench", help="measure the service, each figure beside its floor in the same run")
    bench.add_argument("names", nargs="*", metavar="NAME", help="which benchmarks; all by default")
    bench.add_argument("--list", action="store_true", help="say which there are")
    bench.add_argument("--quick", action="store_true", help="less of everything: a minute or two, rougher figures")
    bench.add_argument("--size", type=float, help="one round, so large beside a full run's: to try a benchmark out")
    bench.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    replaying = commands.add_parser("replay", help="decide a claim again and compare byte by byte")
    replaying.add_argument("claim", help="its id, clm_…")
    replaying.add_argument("--folder", type=Path, default=default_folder(), help="the data that `up` keeps")
    rereading = commands.add_parser("reread", help="read a carrier's stored payloads again with its present adapter")
    rereading.add_argument("provider", help="as in the path of its pushes, such as kuaidi100")
    rereading.add_argument("--since", required=True, metavar="2026-01-01", help="received from then on")
    rereading.add_argument("--folder", type=Path, default=default_folder(), help="the data that `up` keeps")
    commands.add_parser("check", help="ruff, mypy, import-linter and the lock files")
    up.add_argument("--folder", type=Path, default=default_folder(), help="where the data is kept")
    return parser


def _told(command: Callable[[], int]) -> int:
    try:
        return command()
    except StartError as failure:
        print(f"run.py: {failure}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _leave(number: int, _: FrameType | None) -> None:
    """A polite end unwinds like any other, so that everything is stopped on the way out."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
