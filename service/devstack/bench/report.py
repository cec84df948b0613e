"""What a person sees of a benchmark: a table with a bar each, and the same as Markdown for docs/performance.md."""

import os
import platform
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from service.devstack.bench.figures import Figure, bar, number
from service.devstack.folder import CHECKOUT

PAGE = CHECKOUT / "docs" / "performance.md"
COSTS_PAGE = CHECKOUT / "docs" / "scaling.md"
HEADINGS = ("benchmark", "what", "figure", "floor in the same run", "ratio", "aim", "on the way to it", "met")
_MEASURED = re.compile(r"(<!-- measured: begin -->\n).*(<!-- measured: end -->)", re.DOTALL)


def show(console: Console, figures: Sequence[Figure]) -> None:
    """Print the table, the notes below it."""
    table = Table(title="Makegood's benchmark", show_lines=True)
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    for figure in figures:
        table.add_row(*(escape(cell) for cell in _cells(figure)))
    console.print(table)
    for figure in figures:
        if figure.note:
            console.print(f"  {figure.what}: {figure.note}", markup=False, highlight=False)


def write(figures: Sequence[Figure], day: date, command: str, page: Path) -> None:
    """Replace the measured part of the page, and nothing else of it."""
    text = page.read_text(encoding="utf-8")
    begun = f"Measured on {day.isoformat()} with `{command}`: {machine()}."
    measured = "\n".join((begun, "", *_markdown(figures), "", *_notes(figures), ""))
    changed, times = _MEASURED.subn(lambda found: f"{found[1]}{measured}{found[2]}", text)
    if times != 1:
        raise ValueError(
            f"{page} has {times} places for the figures: keep one pair of the comments `measured: begin/end`"
        )
    page.write_text(changed, encoding="utf-8")


def write_all(figures: Sequence[Figure], day: date, command: str) -> list[Path]:
    """Write the costs to the page about scaling and all else to the one about performance; return what was written."""
    parts = {
        PAGE: [figure for figure in figures if figure.benchmark != "costs"],
        COSTS_PAGE: [figure for figure in figures if figure.benchmark == "costs"],
    }
    written = [page for page, part in parts.items() if part]
    for page in written:
        write(parts[page], day, command, page)
    return written


def machine() -> str:
    """The processor's cores and name, and what runs on it."""
    names = re.findall(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    name = names[0] if names else platform.machine()
    return f"{os.cpu_count()} cores ({name}), {memory:.0f} GB, Python {platform.python_version()}, PostgreSQL 18"


def _markdown(figures: Sequence[Figure]) -> list[str]:
    """A column that no figure uses is left out."""
    rows = [[cell.replace("|", "\\|") for cell in _cells(figure)] for figure in figures]
    used = [n for n in range(len(HEADINGS)) if any(row[n] for row in rows)]
    lines = ["| " + " | ".join(HEADINGS[n] for n in used) + " |", "|" + "---|" * len(used)]
    return lines + ["| " + " | ".join(row[n] for n in used) + " |" for row in rows]


def _notes(figures: Sequence[Figure]) -> list[str]:
    return [f"- {figure.what}: {figure.note}" for figure in figures if figure.note]


def _cells(figure: Figure) -> tuple[str, ...]:
    floor = f"{number(figure.floor)} ({figure.floor_what})" if figure.floor else ""
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    aim = "" if figure.aim is None else f"{'≥' if figure.at_least else '≤'} {figure.aim:g}"
    met = {True: "yes", False: "no", None: ""}[figure.met]
    return figure.benchmark, figure.what, f"{number(figure.value)} {figure.unit}", floor, ratio, aim, bar(figure), met
