"""Everything that goes wrong, answered as RFC 9457 says; never a stack trace."""

from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from flask import Flask, Response, json
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from service.evidence.photos import PhotoDamaged, PhotoNotFound, PhotoStoreFull, PhotoStoreUnavailable
from service.flows.answer_once import Refusal
from service.store.database import DatabaseUnavailable
from service.vault import VaultLocked

log = structlog.get_logger()

Trouble = dict[str, str]
"""What is wrong with one field: field, code, detail."""

STATUS: dict[str, int] = {
    "action_not_available": 409,
    "amount_above_left": 422,
    "amount_zero": 422,
    "amount_above_most": 422,
    "amount_above_outstanding": 422,
    "buyer_differs": 422,
    "share_of_compensation": 422,
    "already_compensated": 409,
    "channel_closed": 422,
    "claim_exists": 409,
    "claim_unknown": 404,
    "coupon_expired": 409,
    "coupon_granted": 409,
    "coupon_not_redeemed": 409,
    "coupon_redeemed": 409,
    "coupon_unknown": 404,
    "currency_differs": 422,
    "delivery_unknown": 404,
    "evidence_unknown": 422,
    "idempotency_key_in_flight": 409,
    "idempotency_key_reused": 422,
    "line_unknown": 422,
    "no_coupons": 409,
    "order_unknown": 404,
    "photo_empty": 422,
    "photo_too_large": 413,
    "photo_type_unsupported": 415,
    "quantity_too_large": 422,
    "recovery_unknown": 404,
    "refund_not_refused": 409,
    "refund_under_way": 409,
    "refund_unknown": 404,
    "step_not_available": 409,
    "version_stale": 412,
    "webhook_disabled": 409,
    "webhook_unknown": 404,
    "webhooks_too_many": 409,
    "work_unknown": 404,
}
"""The HTTP status of every refusal that a flow can give."""

RETRY_SECONDS = 2

_HTTP_CODES = {
    400: ("request_malformed", "the request cannot be read: check its form"),
    404: ("not_found", "there is nothing at this address: check path and ids"),
    405: ("method_not_allowed", "this address does not take that method: see Allow and /v1/docs"),
    413: ("body_too_large", "the body is larger than this call takes: send less at once"),
    415: ("media_type_unsupported", "this call does not take that Content-Type: see /v1/docs"),
}

_FIELD_WORDS = {
    "Missing data for required field.": ("missing", "this field is required: add it"),
    "Field may not be null.": ("null", "this may not be null: give a value or leave the field out"),
    "Unknown field.": ("unknown_field", "this call has no such field: remove it or check its spelling"),
    "Invalid input type.": ("wrong_type", "give a JSON object here"),
    "Not a valid list.": ("wrong_type", "give a JSON list here"),
    "Not a valid string.": ("wrong_type", "give a text in quotes"),
}


class Problem(Exception):
    """A request that ends here, with all that its answer says."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: list[Trouble] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers = errors or [], dict(headers or {})


def refused(refusal: Refusal) -> Problem:
    """Return the problem that a flow's refusal is on the wire."""
    retry = {"Retry-After": "1"} if refusal.code == "idempotency_key_in_flight" else {}
    field = [trouble(refusal.field, refusal.code, refusal.detail)] if refusal.field else []
    return Problem(STATUS[refusal.code], str(refusal.code), refusal.detail, field, retry)


def not_found(what: str) -> Problem:
    """Return the answer for what is not there, and for what this client is not to know of."""
    return Problem(404, "not_found", f"no {what} here: check the id")


def unfit(field: str, detail: str) -> Problem:
    """Return the answer for one field that does not fit."""
    return Problem(422, "request_invalid", f"{field}: {detail}", [trouble(field, "invalid", detail)])


def unfit_fields(messages: Any) -> Problem:
    """Return the answer for a body or query that marshmallow refused, field by field."""
    errors = list(_flat(messages, ()))
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return Problem(422, "request_invalid", f"{first['field']}: {first['detail']}{more}", errors[:100])


def trouble(field: str, code: str, detail: str) -> Trouble:
    """Return what is wrong with one field."""
    return {"field": field, "code": str(code), "detail": detail}


def answer(problem: Problem) -> Response:
    """Turn a problem into its answer."""
    body = {
        "type": f"/v1/problems/{problem.code}",
        "title": problem.code.replace("_", " ").capitalize(),
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "errors": problem.errors,
    }
    shown = Response(json.dumps(body), problem.status, content_type="application/problem+json")
    shown.headers.update(problem.headers)
    return shown


def register(app: Flask) -> None:
    """Answer whatever a request can raise."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DatabaseUnavailable, _database)
    app.register_error_handler(PhotoStoreUnavailable, _photo_store)
    app.register_error_handler(VaultLocked, _vault)
    app.register_error_handler(PhotoNotFound, lambda _: answer(not_found("such photo")))
    app.register_error_handler(PhotoDamaged, _unforeseen)
    app.register_error_handler(Exception, _unforeseen)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400 or status == 500:
        return _unforeseen(error) if status == 500 else Response(status=status, headers=error.get_headers())
    code, detail = _HTTP_CODES.get(status, ("request_refused", error.description or "refused"))
    allow = (
        {"Allow": ", ".join(sorted(error.valid_methods))}
        if isinstance(error, MethodNotAllowed) and error.valid_methods
        else {}
    )
    return answer(Problem(status, code, detail, headers=allow))


def _database(error: DatabaseUnavailable) -> Response:
    log.error("database_unavailable", because=str(error))
    detail = "the database is away for the moment and nothing was changed: send the request again"
    return answer(Problem(503, "database_unavailable", detail, headers={"Retry-After": str(RETRY_SECONDS)}))


def _photo_store(error: PhotoStoreUnavailable) -> Response:
    log.error("photo_store_unavailable", because=str(error))
    if isinstance(error, PhotoStoreFull):
        return answer(Problem(507, "photo_store_full", "there is no room for photos: try later"))
    detail = "photos cannot be kept or read for the moment: send the request again"
    return answer(Problem(503, "photo_store_unavailable", detail, headers={"Retry-After": str(RETRY_SECONDS)}))


def _vault(error: VaultLocked) -> Response:
    log.error("secrets_locked", because=str(error))
    return answer(
        Problem(503, "secrets_locked", "secrets cannot be sealed or opened here: operations must set their key")
    )


def _unforeseen(error: Exception) -> Response:
    log.error("request_failed", exc_info=error)
    detail = "this should not have happened; it is logged under the X-Request-Id of this answer"
    return answer(Problem(500, "internal_error", detail))


def _flat(messages: Any, path: tuple[str, ...]) -> Iterator[Trouble]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _flat(inner, path if name == "_schema" else (*path, str(name)))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        code, detail = _FIELD_WORDS.get(str(message), ("invalid", str(message)))
        yield trouble(".".join(path) or "body", code, detail)
