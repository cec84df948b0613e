"""`bench`: runs the benchmarks asked for, one after the other, each on servers and processes of its own."""

import sys
import time
from collections.abc import Callable
from datetime import date

from rich.console import Console

from service.devstack.bench import report
from service.devstack.bench.costs import bench_costs
from service.devstack.bench.deadlines import bench_deadlines
from service.devstack.bench.decisions import bench_decisions
from service.devstack.bench.effort import Effort, Tell
from service.devstack.bench.figures import Figure
from service.devstack.bench.intake import bench_intake
from service.devstack.bench.latency import bench_latency
from service.devstack.bench.memory import bench_memory
from service.devstack.bench.photos import bench_photos
from service.devstack.bench.pushes import bench_pushes
from service.devstack.bench.scale import bench_scale
from service.devstack.bench.stage import Stage, staged

WIDTH = 150
API_PROCESSES = 2
Benchmark = Callable[[Stage, Effort, Tell], list[Figure]]

BENCHMARKS: dict[str, tuple[str, Benchmark]] = {
    "intake": ("claims taken as JSON, against pgbench running the same statement", bench_intake),
    "photos": ("claims with two photos, against claims as JSON", bench_photos),
    "decisions": ("decisions in batches, against one Celery task a claim", bench_decisions),
    "latency": ("from posted to decided, at 100, 200 and 400 claims a second", bench_latency),
    "memory": ("memory of API and workers", bench_memory),
    "scale": ("the same with a million claims behind it, against ten thousand", bench_scale),
    "pushes": ("carriers' pushes taken and read, and ten thousand scans in one", bench_pushes),
    "deadlines": ("the scan of deadlines with a million open orders, against ten thousand", bench_deadlines),
    "costs": ("processor, rows and bytes that a claim costs in each part", bench_costs),
}


def run_bench(names: list[str], effort: Effort, *, listed: bool, write: bool) -> int:
    """Run the benchmarks named, all by default, and print their table; 2 when a name is unknown, else 0."""
    console = Console(width=max(Console().width, WIDTH))
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        console.print(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
        return 2
    if listed:
        for name, (about, _) in BENCHMARKS.items():
            console.print(f"{name:<10} {about}")
        return 0
    began = time.monotonic()
    figures: list[Figure] = []
    for name in names or list(BENCHMARKS):
        figures += _run(console, name, effort)
    report.show(console, figures)
    console.print(f"{report.machine()}; {time.monotonic() - began:.0f} s")
    if write:
        command = " ".join(("python3 run.py", *sys.argv[1:]))
        for page in report.write_all(figures, date.today(), command):
            console.print(f"written to {page}")
    return 0


def _run(console: Console, name: str, effort: Effort) -> list[Figure]:
    about, benchmark = BENCHMARKS[name]
    began = time.monotonic()
    console.print(f"{name}: {about}")
    with staged(API_PROCESSES) as stage:
        figures = benchmark(stage, effort, lambda line: console.print(f"  {line}", markup=False, highlight=False))
    console.print(f"  {name} took {time.monotonic() - began:.0f} s")
    return figures
