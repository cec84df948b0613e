"""The way a route is written: its blueprint, its access, what it takes and what it gives."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Request
from flask_smorest import Blueprint as DescribedBlueprint  # type: ignore[import-untyped]
from marshmallow import Schema
from werkzeug.exceptions import RequestEntityTooLarge

from service.web.documents import StrictParser

View = TypeVar("View", bound=Callable[..., Any])

KIB = 1024
JSON_BYTES = 1024 * KIB

IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Your own name for this request: sent again with the same key, it gets the first answer again.",
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string"},
    "description": "The ETag as you saw it; if it has changed since: 412.",
}


def noun(name: str, about: str) -> Any:
    """Return the blueprint of a noun; its routes are described in the OpenAPI document."""
    blueprint = DescribedBlueprint(name, __name__, url_prefix="/v1", description=about)
    blueprint.ARGUMENTS_PARSER = StrictParser()
    assert isinstance(blueprint, Blueprint)
    return blueprint


def route(blueprint: Any, method: str, rule: str) -> Callable[[View], View]:
    """Bind a view to a method and a path."""
    mark: Callable[[View], View] = blueprint.route(rule, methods=[method])
    return mark


def takes(blueprint: Any, schema: Schema, *, where: str = "json") -> Callable[[View], View]:
    """Load body or query with a schema, which says what of the unknown it takes, and give it to the view first."""
    mark: Callable[[View], View] = blueprint.arguments(schema, location=where, unknown=None)
    return mark


def gives(
    blueprint: Any, status: int, schema: Schema | None = None, about: str | None = None
) -> Callable[[View], View]:
    """Describe an answer; the view itself makes it."""
    mark: Callable[[View], View] = blueprint.response(status, schema, description=about)
    return mark


def describes(blueprint: Any, **more: Any) -> Callable[[View], View]:
    """Add to the description of a route what no schema says."""
    mark: Callable[[View], View] = blueprint.doc(**more)
    return mark


def at_most(body_bytes: int) -> Callable[[View], View]:
    """Let a route take larger bodies than the usual 1 MiB."""

    def mark(view: View) -> View:
        view.most_bytes = body_bytes  # type: ignore[attr-defined]
        return view

    return mark


def most_bytes(view: Callable[..., Any] | None) -> int:
    """Return the largest body that a view takes."""
    return getattr(view, "most_bytes", JSON_BYTES)


class WholeRequest(Request):
    """A body that is whole or refused: of one in chunks werkzeug reads as much as is allowed, and stops."""

    def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> Any:
        """Return the body; raises RequestEntityTooLarge where it reaches the limit without having told its length."""
        body = super().get_data(cache, as_text, parse_form_data)  # type: ignore[call-overload]
        most = self.max_content_length
        if self.content_length is None and most is not None and len(body) >= most:
            raise RequestEntityTooLarge
        return body
