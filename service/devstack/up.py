"""`up`: the stack kept running for a person to try the API by hand."""

import shlex
import time
from collections import Counter
from pathlib import Path

from service.devstack.folder import kept_folder
from service.devstack.ports import free_port, is_free
from service.devstack.stack import Stack, running_stack
from service.devstack.supervisor import Supervisor

USUAL_PORT = 8000
LOOK_SECONDS = 0.5
MOST_RESTARTS = 5


def keep_up(wanted: Path, *, fresh: bool) -> int:
    """Run until Ctrl-C, which is the ordinary end; the data stays in the folder."""
    began = time.monotonic()
    with kept_folder(wanted, fresh=fresh) as folder:
        port = USUAL_PORT if is_free(USUAL_PORT) else free_port()
        if port != USUAL_PORT:
            print(f"port {USUAL_PORT} is taken, so the API gets port {port}", flush=True)
        print(f"starting Makegood with its data in {folder}", flush=True)
        try:
            with running_stack(folder, port) as stack:
                print(_how_to_try(stack, folder, time.monotonic() - began), flush=True)
                _watch(stack.supervisor)
        except KeyboardInterrupt:
            print(f"\nstopped; the data stays in {folder}", flush=True)
    return 0


def _watch(supervisor: Supervisor) -> None:
    """Start a child again that fell, and say so; one that keeps falling is left for a person to look at."""
    restarts: Counter[str] = Counter()
    while True:
        time.sleep(LOOK_SECONDS)
        for name, status in supervisor.fallen().items():
            if restarts[name] > MOST_RESTARTS:
                continue
            restarts[name] += 1
            ended = f"{name} ended with status {status}; its log is {supervisor.log(name)}"
            if restarts[name] > MOST_RESTARTS:
                print(f"{ended}; not started again after {MOST_RESTARTS} times", flush=True)
                continue
            print(f"{ended}; starting it again", flush=True)
            supervisor.restart(name)


def _how_to_try(stack: Stack, folder: Path, seconds: float) -> str:
    first = next(iter(stack.tokens.values()), "")
    tokens = "\n".join(f"    {name:<12} {token}" for name, token in stack.tokens.items())
    return f"""
Makegood is up after {seconds:.1f} s.

  API      {stack.api_url}/v1   described at {stack.api_url}/v1/docs
  bank     {stack.bank_url}
  data     {folder}   logs in {folder / "logs"}
  tokens
{tokens}

  commands . {shlex.quote(str(folder / "environment"))}   then .venv/bin/python -m service --help
  try      curl -H 'Authorization: Bearer {first}' {stack.api_url}/v1/claims
  stop     Ctrl-C
"""
