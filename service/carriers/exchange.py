"""Puts a question to a provider over HTTP, with a limit on every wait and on the whole."""

import os
import time
from functools import lru_cache

import urllib3

from service.carriers.base import Call

LARGEST_REPLY_BYTES = 5 * 1024 * 1024
KEPT_CONNECTIONS = 8


class ProviderAway(Exception):
    """A provider gave no usable answer now; asking later may help."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


def put(call: Call, timeout_seconds: float) -> bytes:
    """Return the body of a provider's 200; raises ProviderAway for all else, within about twice the limit."""
    ends_at = time.monotonic() + 2 * timeout_seconds
    try:
        response = _pool(os.getpid()).request(
            "POST",
            call.url,
            body=call.body,
            headers={**call.headers, "content-type": call.media_type},
            timeout=urllib3.Timeout(total=timeout_seconds),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        body = _read(response, ends_at)
    except urllib3.exceptions.HTTPError as trouble:
        raise ProviderAway(f"no answer within {timeout_seconds:g} s: {type(trouble).__name__}") from trouble
    if response.status != 200:
        raise ProviderAway(f"answered HTTP {response.status}")
    return body


def _read(response: urllib3.BaseHTTPResponse, ends_at: float) -> bytes:
    """Read all of it, unless it drips or never ends."""
    parts: list[bytes] = []
    try:
        while part := response.read1(65536):
            parts.append(part)
            if sum(map(len, parts)) > LARGEST_REPLY_BYTES or time.monotonic() > ends_at:
                response.close()
                raise ProviderAway(f"its answer is over {LARGEST_REPLY_BYTES} bytes, or comes too slowly")
    finally:
        response.release_conn()
    return b"".join(parts)


@lru_cache(maxsize=1)
def _pool(pid: int) -> urllib3.PoolManager:
    """The connections of this process: a forked worker must never write on those of its parent."""
    return urllib3.PoolManager(maxsize=KEPT_CONNECTIONS)
