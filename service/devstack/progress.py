"""What a person sees while things start."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(doing: str) -> Iterator[None]:
    """Name what happens now and how long it took, in seconds."""
    began = time.monotonic()
    print(f"  {doing} ...", end="", flush=True)
    try:
        yield
    except BaseException:
        print(" not done", flush=True)
        raise
    print(f" {time.monotonic() - began:.1f} s", flush=True)
