"""Providers of tracking push in their own formats, and are answered in their own."""

from dataclasses import replace

import structlog
from flask import Response, g, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from schemas.carriers import UnknownCodes
from schemas.vocabulary import Scope
from service.carriers.base import Account, Answer, Provider, Push, PushRefused, Verdict
from service.carriers.registry import PROVIDERS
from service.flows.list_unknown_codes import list_unknown_codes
from service.flows.take_push import account_at, take_push
from service.queues import Kind
from service.store.database import DatabaseUnavailable
from service.vault import VaultLocked
from service.web.access import needs, open_to_all
from service.web.door import door, now
from service.web.pages import moment
from service.web.problems import not_found
from service.web.routes import JSON_BYTES, at_most, describes, gives, noun, route

carriers = noun("carriers", "Providers of tracking, each in its own format.")

MOST_BYTES = 5 * JSON_BYTES

log = structlog.get_logger()


@route(carriers, "POST", "/carriers/<provider>/<account>")
@open_to_all
@at_most(MOST_BYTES)
@gives(carriers, 200, about="Taken; the body is what the provider documents.")
@describes(carriers, requestBody={"required": True, "content": {"application/octet-stream": {"schema": {}}}})
def post_push(provider: str, account: str) -> Response:
    """Take a provider's push; its account's path and its signature are its access.

    What is answered as taken is on disk. It is read by a worker, and again whenever its adapter is mended; a push
    that is signed but cannot be read is kept as well, for sending it again would help nobody.
    """
    called = PROVIDERS.get(provider)
    if called is None:
        raise not_found(f"provider {provider}")
    nobody = Account(account_id="", provider=provider, secrets=())
    try:
        known = account_at(door().parts.db, door().parts.vault, provider, account)
    except (DatabaseUnavailable, VaultLocked) as fault:
        return _later(called, nobody, fault)
    if known is None:
        raise not_found("such account")
    return _taken(called, known)


@route(carriers, "GET", "/carrier-codes/unknown")
@needs(Scope.WORK_ADMIN)
@gives(carriers, 200, UnknownCodes())
def list_unknown() -> Response:
    """List the codes of providers that no table knows, with how often they came: they decide nothing until then."""
    with door().parts.db.autocommit() as conn:
        rows = list_unknown_codes(conn, PROVIDERS)
    times = ("first_seen_at", "last_seen_at")
    shown = [row | {name: moment(row[name]) for name in times} for row in rows]
    return jsonify({"data": shown, "has_more": False, "next_cursor": None})


def _taken(provider: Provider, account: Account) -> Response:
    try:
        body = request.get_data()
        headers = {name.lower(): value for name, value in request.headers.items()}
        new = take_push(door().parts.db, provider, account, Push(body, headers), g.request_id)
    except RequestEntityTooLarge:
        because = f"the body is larger than {MOST_BYTES} bytes: send less at once"
        return _shown(replace(provider.answer(Verdict.REFUSED, because, account, now()), status=413))
    except PushRefused as refused:
        log.warning("push_refused", provider=provider.name, account_id=account.account_id, because=refused.because)
        return _shown(provider.answer(Verdict.REFUSED, refused.because, account, now()))
    except DatabaseUnavailable as fault:
        return _later(provider, account, fault)
    if new:
        door().nudge((Kind.READ_PAYLOAD,))
    return _shown(provider.answer(Verdict.TAKEN, "", account, now()))


def _later(provider: Provider, account: Account, fault: Exception) -> Response:
    log.error("push_not_taken", provider=provider.name, account_id=account.account_id, because=str(fault))
    return _shown(provider.answer(Verdict.LATER, "not taken now: send it again", account, now()))


def _shown(answer: Answer) -> Response:
    return Response(answer.body, answer.status, content_type=answer.media_type)
