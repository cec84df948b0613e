"""The trail of a request: its id in answer and logs, and one log line when it ends."""

import re
import secrets
import time

import structlog
from flask import Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

log = structlog.get_logger()

HEADER = "X-Request-Id"
_SANE = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}", re.ASCII)


def begin() -> None:
    """Take the caller's request id if it is sane, else make one, and bind it to every log line."""
    given = request.headers.get(HEADER, "")
    g.began = time.perf_counter()
    g.request_id = given if _SANE.fullmatch(given) else secrets.token_hex(16)
    clear_contextvars()
    bind_contextvars(request_id=g.request_id)


def name_subjects() -> None:
    """Bind what the address names by an id to every log line; other parts of an address may be secrets."""
    bind_contextvars(**{name: value for name, value in (request.view_args or {}).items() if name.endswith("_id")})


def end(answer: Response) -> Response:
    """Name the request in the answer and write its log line."""
    answer.headers[HEADER] = g.request_id
    log.info(
        "request",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else None,
        status=answer.status_code,
        ms=round((time.perf_counter() - g.began) * 1000, 1),
    )
    return answer
