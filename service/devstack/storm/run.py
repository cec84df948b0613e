"""`storm`: claims posted while something around them dies, then the count."""

from pathlib import Path

from rich.console import Console

from service.devstack.folder import passing_folder
from service.devstack.storm.diary import Diary
from service.devstack.storm.registry import SCENARIOS
from service.devstack.storm.scenario import NotPossibleHere, Outcome, Scenario, Wish

NOTHING_WRONG, SOMETHING_WRONG, NOT_POSSIBLE = 0, 1, 3


def run_storm(name: str, *, seed: int, claims: int | None, seconds: float | None) -> int:
    """Run a scenario and print its figures; 0 if nothing was wrong, 1 if something was, 3 if it cannot run here."""
    scenario, console = SCENARIOS[name], Console(soft_wrap=True, highlight=False, markup=False)
    console.print(f"storm {name}, seed {seed}\n  strikes  {scenario.strikes}\n  holds    {scenario.holds}")
    with passing_folder("storm") as folder:
        wish = Wish(seed, claims or scenario.claims, seconds or scenario.seconds, folder)
        console.print(f"  load     {wish.claims} claims; it strikes for {wish.seconds:g} s")
        try:
            outcome = scenario.play(wish, Diary(console.print))
        except NotPossibleHere as because:
            console.print(f"storm {name}: not run: {because}")
            return NOT_POSSIBLE
        if outcome.faults:
            _show_logs(console, folder)
    _report(console, scenario, wish, outcome)
    return SOMETHING_WRONG if outcome.faults else NOTHING_WRONG


def list_storms() -> int:
    """Print every scenario with what strikes and what must hold."""
    console = Console(soft_wrap=True, highlight=False, markup=False)
    for scenario in SCENARIOS.values():
        console.print(f"{scenario.name}: {scenario.claims} claims, {scenario.seconds:g} s")
        console.print(f"  strikes  {scenario.strikes}\n  holds    {scenario.holds}")
    return 0


def _report(console: Console, scenario: Scenario, wish: Wish, outcome: Outcome) -> None:
    for name, figure in outcome.figures.items():
        console.print(f"  {name:<18} {figure}")
    for fault in outcome.faults:
        console.print(f"  FAULT {fault}")
    verdict = f"{len(outcome.faults)} faults found" if outcome.faults else f"held: {scenario.holds}"
    console.print(f"storm {scenario.name}, seed {wish.seed}: {verdict}")


def _show_logs(console: Console, folder: Path) -> None:
    for log in sorted((folder / "logs").glob("*.log")):
        tail = log.read_text(errors="replace").splitlines()[-15:]
        console.print(f"--- the end of {log.name}\n" + "\n".join(tail))
