"""The way into the service for one posting thread: each call is made again under its key until it is answered."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import urllib3

from service.devstack.season import Json
from service.devstack.storm.acknowledged import Acknowledged

PATIENCE_SECONDS = 120.0
RETRY_PAUSE_SECONDS = 0.1
CALL_SECONDS = 10.0
WORTH_ANOTHER_TRY = (409, 429, 500, 502, 503, 504, 507)


class NotAcknowledged(Exception):
    """A call was refused for good, or got no answer for as long as a buyer's app would try."""


@dataclass
class Door:
    """One caller of the API; of several addresses it takes the next when one does not answer."""

    bases: tuple[str, ...]
    tokens: Mapping[str, str]
    acknowledged: Acknowledged
    call_seconds: float = CALL_SECONDS
    http: urllib3.PoolManager = field(init=False)

    def __post_init__(self) -> None:
        self.http = urllib3.PoolManager(timeout=urllib3.Timeout(self.call_seconds), retries=False)

    def insist(self, role: str, method: str, path: str, key: str, body: Any, media: str = "application/json") -> Json:
        """Call until it is answered with success; raises NotAcknowledged for a refusal or after two minutes."""
        ends_at = time.monotonic() + PATIENCE_SECONDS
        said = "nothing"
        while time.monotonic() < ends_at:
            try:
                answer = self._call(role, method, path, key, body, media)
            except urllib3.exceptions.HTTPError as fault:
                said = type(fault).__name__
                self.bases = (*self.bases[1:], self.bases[0])
            else:
                if answer.status < 300:
                    return dict(answer.json())
                said = f"{answer.status} {_code(answer)}"
                if answer.status not in WORTH_ANOTHER_TRY:
                    raise NotAcknowledged(f"{method} {path}: {said}: {answer.data[:300].decode(errors='replace')}")
            self.acknowledged.note_other(said)
            time.sleep(RETRY_PAUSE_SECONDS)
        raise NotAcknowledged(f"{method} {path}: no answer in {PATIENCE_SECONDS:g} s: {said}")

    def read(self, role: str, path: str) -> urllib3.BaseHTTPResponse:
        """GET once, whatever the answer."""
        return self.http.request("GET", f"{self.bases[0]}{path}", headers=self._headers(role))

    def _call(self, role: str, method: str, path: str, key: str, body: Any, media: str) -> urllib3.BaseHTTPResponse:
        headers = self._headers(role) | {"Idempotency-Key": key, "Content-Type": media}
        sent = {"json": body} if media == "application/json" else {"body": body}
        return self.http.request(method, f"{self.bases[0]}{path}", headers=headers, **sent)

    def _headers(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[role]}"}


def _code(answer: urllib3.BaseHTTPResponse) -> str:
    """The stable code of a problem document."""
    try:
        return str(answer.json().get("code", ""))
    except (ValueError, AttributeError):
        return "without a problem document"
