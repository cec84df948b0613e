"""Answers of providers: some look at the status alone, some into a JSON body."""

import json
from collections.abc import Mapping
from typing import Any

from service.carriers.base import Answer, Verdict

STATUS = {Verdict.TAKEN: 200, Verdict.REFUSED: 401, Verdict.LATER: 503}


def by_status(verdict: Verdict, because: str) -> Answer:
    """Return 200, 401 or 503, with the reason for people who look into the provider's log."""
    return Answer(STATUS[verdict], "text/plain; charset=utf-8", because.encode())


def in_json(verdict: Verdict, said: Mapping[str, Any]) -> Answer:
    """Return what is said as JSON, with the status that fits."""
    return Answer(STATUS[verdict], "application/json", compact(said))


def compact(said: Mapping[str, Any]) -> bytes:
    """Write JSON as providers print it in their documentation, without spaces; some compare it as text."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
