"""`demo`: the stack started from nothing, the main job played on it, nothing left behind."""

import time
from collections.abc import Callable

from service.devstack.folder import passing_folder
from service.devstack.ports import free_port
from service.devstack.stack import Stack, running_stack


def run_demo(play: Callable[[Stack], int]) -> int:
    """Start the stack, play on it, and return the exit status of the play: 0 when all is well."""
    began = time.monotonic()
    print("starting Makegood with data for this demo alone", flush=True)
    with passing_folder("demo") as folder, running_stack(folder, free_port()) as stack:
        status = play(stack)
    print(f"stopped and removed everything; the demo took {time.monotonic() - began:.1f} s", flush=True)
    return status
