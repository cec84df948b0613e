"""The house keeps its shape: arrows, SQL, work, policies, sizes and names are held by these tests."""

import ast
import hashlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter import cli

from service.policies.library import PUBLISHED
from service.queues import TERMS, Kind
from service.wiring.parts import Parts
from service.wiring.steps import steps_of

CHECKOUT = Path(__file__).parent.parent
PACKAGES = ("service", "workers", "schemas")
MOST_LINES_A_FILE, MOST_LINES_A_FUNCTION = 300, 50
SQL = re.compile(
    r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|DROP|TRUNCATE|GRANT|SET|LOCK|LISTEN|NOTIFY|COPY)\s"
    r"|\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\s",
    re.DOTALL,
)
STORE = "service/store/"
NOT_OURS = ("service/devstack/bank/", "service/devstack/postgres.py")
"""The sandbox bank is another company with a ledger of its own; the embedded server makes the database for store."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    """Yield every Python file under the folders, by its path in the checkout, with its text."""
    for folder in folders:
        for path in sorted((CHECKOUT / folder).rglob("*.py")):
            yield path.relative_to(CHECKOUT).as_posix(), path.read_text(encoding="utf-8")


def functions(text: str) -> Iterator[Function]:
    """Yield every function and method of a file."""
    return (node for node in ast.walk(ast.parse(text)) if isinstance(node, Function))


def test_every_arrow_points_down(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(CHECKOUT)
    monkeypatch.syspath_prepend(str(CHECKOUT))

    broken = cli.lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True)

    assert not broken, capsys.readouterr().out


def sql_in(text: str) -> list[int]:
    """Return the lines on which a file holds a statement of SQL."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
    ]


def test_sql_stands_in_the_store_alone() -> None:
    elsewhere = {name: sql_in(text) for name, text in sources(*PACKAGES) if not name.startswith((STORE, *NOT_OURS))}

    assert {name: lines for name, lines in elsewhere.items() if lines} == {}


def test_the_search_for_sql_finds_sql() -> None:
    assert [name for name, text in sources(STORE) if ".execute(" in text and not sql_in(text)] == []


def test_the_rules_read_no_clock() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, text in sources("service/domain")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today")
    ]

    assert found == []


def test_every_kind_of_work_has_a_step_and_terms(parts: Parts) -> None:
    assert steps_of(parts).keys() == set(Kind)
    assert TERMS.keys() == set(Kind)


@pytest.mark.parametrize("folder", [PUBLISHED, PUBLISHED / "force_majeure"], ids=lambda folder: folder.name)
def test_every_published_policy_is_in_the_manifest_and_unchanged(folder: Path) -> None:
    lines = (folder / "published.sha256").read_text(encoding="utf-8").splitlines()
    noted = {name: sha256 for sha256, name in (line.split("  ") for line in lines)}

    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.yaml")}

    assert len(noted) == len(lines), "a file stands twice in published.sha256: keep its first line"
    assert there == noted, "a published policy is never edited: restore it, and publish the change as a new file"


@pytest.mark.parametrize("path", sorted(PUBLISHED.glob("*.yaml")), ids=lambda path: path.name)
def test_a_published_policy_is_what_was_first_committed(path: Path) -> None:
    name = path.relative_to(CHECKOUT).as_posix()
    first = _git("log", "--diff-filter=A", "--format=%H", "--", name).split()
    if not first:
        pytest.skip("no history here: an archive, or a file that is not committed yet")

    assert _git("show", f"{first[-1]}:{name}") == path.read_text(encoding="utf-8")


def test_files_and_functions_stay_small() -> None:
    files = [name for name, text in sources(*PACKAGES, "tests") if len(text.splitlines()) > MOST_LINES_A_FILE]
    long = [
        f"{name}: {function.name}"
        for name, text in sources(*PACKAGES, "tests")
        for function in functions(text)
        if (function.end_lineno or 0) - function.lineno >= MOST_LINES_A_FUNCTION
    ]

    assert (files, long) == ([], [])


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    drawers = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc|base_services?)$")

    found = [
        name for name, _ in sources(*PACKAGES) for part in Path(name).with_suffix("").parts if drawers.search(part)
    ]

    assert found == []


def test_every_public_name_says_what_it_means() -> None:
    silent = [
        f"{name}: {node.name}"
        for name, text in sources(*PACKAGES)
        for node in _public(ast.parse(text))
        if not ast.get_docstring(node)
    ]

    assert silent == []


def test_every_log_line_of_a_flow_says_whom_it_is_about() -> None:
    """By an id, and beside a claim's by the request that opened it; `**` spreads a trail, which has both."""
    astray = [
        f"{name}:{call.lineno}"
        for name, text in sources("service/flows")
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("log.")
        if not _leads_somewhere({keyword.arg for keyword in call.keywords})
    ]

    assert astray == []


def _leads_somewhere(names: set[str | None]) -> bool:
    if None in names:
        return True
    return "request_id" in names if "claim_id" in names else any(str(n).endswith("_id") for n in names)


def _public(tree: ast.Module) -> Iterator[Function | ast.ClassDef]:
    """Yield public functions and classes, and the public methods of those classes that inherit from nothing."""
    for node in tree.body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        yield node
        if isinstance(node, ast.ClassDef) and not node.bases:
            yield from (n for n in node.body if isinstance(n, Function) and not n.name.startswith("_"))


def _git(*command: str) -> str:
    try:
        done = subprocess.run(["git", *command], cwd=CHECKOUT, capture_output=True, encoding="utf-8", check=False)
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""
