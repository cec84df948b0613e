"""Idempotency keys on the wire, and answers that are replayed."""

import hashlib
from typing import Any

from flask import Response, jsonify, request
from structlog.contextvars import bind_contextvars

from service.flows.answer_once import Answered, Refusal, Request
from service.web.access import caller
from service.web.problems import Problem, refused, trouble

LONGEST_KEY = 255


def asked(*contents: bytes) -> Request:
    """Return who asks what, hashed over method, path, query and contents (by default the body as it came).

    Raises Problem 400 without a fitting Idempotency-Key.
    """
    key = _key()
    digest = hashlib.sha256()
    for part in (
        request.method.encode(),
        request.path.encode(),
        request.query_string,
        *(contents or (request.get_data(),)),
    ):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return Request(caller().client_id, key, digest.digest())


def given(answer: Answered | Refusal) -> Answered:
    """Return an answer; raises the problem that a refusal is.

    The claim that it names, being that claim, its coupon or its recovery, is bound to the request's log lines.
    """
    if isinstance(answer, Refusal):
        raise refused(answer)
    if claim_id := answer.body.get("claim_id"):
        bind_contextvars(claim_id=claim_id)
    return answer


def shown(answered: Answered, body: Any) -> Response:
    """Answer with a body, marked if it was given before."""
    response = jsonify(body)
    response.status_code = answered.status_code
    if answered.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _key() -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        detail = "this call needs an Idempotency-Key header: give each new request a new one, such as a UUID"
        raise Problem(400, "idempotency_key_missing", detail, [trouble("Idempotency-Key", "missing", detail)])
    if len(key) > LONGEST_KEY:
        detail = f"the Idempotency-Key has {len(key)} characters, at most {LONGEST_KEY}: take a shorter one"
        raise Problem(400, "idempotency_key_too_long", detail, [trouble("Idempotency-Key", "too_long", detail)])
    return key
