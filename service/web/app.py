"""The HTTP door of the service."""

import time

from flask import Flask, Response, current_app, request
from flask_smorest import Api  # type: ignore[import-untyped]

from schemas.fields import Flag, Measure, Moment
from schemas.problems import Problem
from service.web import actions, deliveries, packs, receipts, statements, trail
from service.web.access import Doorkeeper, admit
from service.web.carriers import carriers
from service.web.claims import claims
from service.web.coupons import coupons
from service.web.docs import describe, docs
from service.web.documents import unfit_text
from service.web.door import NAME, Door, Nudge, door
from service.web.events import events
from service.web.evidence import evidence
from service.web.farmers import farmers
from service.web.health import health
from service.web.metrics import count_request, metrics
from service.web.orders import orders
from service.web.payouts import payouts
from service.web.problems import not_found, register, unfit
from service.web.recoveries import recoveries
from service.web.refunds import refunds
from service.web.routes import WholeRequest, most_bytes
from service.web.tracking import tracking
from service.web.webhooks import webhooks
from service.web.work import work
from service.wiring.parts import Parts

NOUNS = (
    orders,
    tracking,
    carriers,
    evidence,
    claims,
    coupons,
    farmers,
    payouts,
    recoveries,
    refunds,
    events,
    webhooks,
    work,
)
MORE_ROUTES = (actions, deliveries, packs, receipts, statements)
"""Modules that add routes to a noun of their neighbour's when they are read."""

FIELDS = ((Moment, "string", "date-time"), (Flag, "boolean", None), (Measure, "number", None))
"""What the description says of our own kinds of fields: type and format."""

MOST_FORM_PARTS = 32

SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create_app(parts: Parts, nudge: Nudge) -> Flask:
    """Return the application; `nudge` is called after each commit with the kinds of work that became due."""
    app = Flask(__name__, static_folder=None)
    app.request_class = WholeRequest
    app.config.update(
        API_TITLE="Makegood",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        MAX_FORM_PARTS=MOST_FORM_PARTS,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions[NAME] = Door(parts, nudge, Doorkeeper(parts.db, time.monotonic))
    app.before_request(trail.begin)
    app.before_request(_check)
    app.after_request(_harden)
    app.after_request(trail.end)
    app.after_request(count_request)
    api = Api()
    api.ERROR_SCHEMA = Problem
    api.init_app(app)
    for field, kind, form in FIELDS:
        api.register_field(field, kind, form)
    for noun in NOUNS:
        api.register_blueprint(noun)
    app.register_blueprint(health)
    app.register_blueprint(metrics)
    app.register_blueprint(docs)
    register(app)
    describe(app, api.spec.to_dict())
    return app


def _check() -> None:
    """Before any view: an address that exists, a caller who may, a body of a size that the route takes."""
    if request.routing_exception is not None:
        raise request.routing_exception
    view = current_app.view_functions[request.endpoint or ""]
    admit(door().doorkeeper, view)
    request.max_content_length = most_bytes(view)
    for value in (request.view_args or {}).values():
        if unfit_text(str(value)):
            raise not_found("such address")
    trail.name_subjects()
    for name, value in request.args.items(multi=True):
        if because := unfit_text(name) or unfit_text(value):
            raise unfit("query", because)


def _harden(answer: Response) -> Response:
    for name, value in SAFE_HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer
