"""Reads JSON strictly: what Postgres or a reader could stumble over is refused at the door."""

import json
from typing import Any, cast

from flask import Request, g
from marshmallow import Schema, ValidationError
from webargs import core
from webargs.flaskparser import FlaskParser

from service.web.problems import Problem, unfit, unfit_fields

MOST_NESTED = 32


def document_of(request: Request) -> Any:
    """Return the request's JSON body; the same one each time it is asked for."""
    if "document" not in g:
        if not core.is_json(request.mimetype):
            given = request.mimetype or "none"
            raise Problem(415, "media_type_unsupported", f"the Content-Type is {given}: send application/json")
        g.document = parse(request.get_data())
    return g.document


def parse(body: bytes) -> Any:
    """Parse strict JSON; raises Problem 400 for what is none, 422 for text that cannot be stored."""
    try:
        document = json.loads(body.decode(), parse_constant=_no_constant, parse_float=_finite)
    except RecursionError as fault:
        raise _malformed(f"it is nested deeper than {MOST_NESTED} levels") from fault
    except ValueError as fault:
        raise _malformed(str(fault)) from fault
    _check(document)
    return document


class StrictParser(FlaskParser):
    """webargs with our JSON and our problems."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the body's JSON."""
        return document_of(req)

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_: Any) -> Any:
        """Refuse what does not fit the schema, field by field."""
        messages = cast(dict[str, Any], error.messages)
        raise unfit_fields(next(iter(messages.values())))


def load(schema: Schema, document: Any) -> dict[str, Any]:
    """Return a document as its schema understands it; raises Problem 422, field by field."""
    try:
        return cast(dict[str, Any], schema.load(document))
    except ValidationError as error:
        raise unfit_fields(error.messages) from error


def unfit_text(value: str) -> str | None:
    """Say what makes a text impossible to store, None if nothing does."""
    if "\x00" in value:
        return "the text has a NUL character: remove it"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "the text has half of a surrogate pair: send whole characters"
    return None


def _check(document: Any) -> None:
    """Walk the document without recursion: depth, and every text in it, names of fields included."""
    open_parts: list[tuple[Any, str, int]] = [(document, "", 1)]
    while open_parts:
        part, path, depth = open_parts.pop()
        if isinstance(part, str):
            if because := unfit_text(part):
                raise unfit(path.lstrip(".") or "body", because)
        elif isinstance(part, dict | list):
            if depth > MOST_NESTED:
                raise _malformed(f"it is nested deeper than {MOST_NESTED} levels")
            items = part.items() if isinstance(part, dict) else enumerate(part)
            open_parts += [(inner, f"{path}.{name}", depth + 1) for name, inner in items]
            if isinstance(part, dict):
                open_parts += [(name, path, depth) for name in part]


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{digits[:20]} is too large for a number")
    return number


def _malformed(because: str) -> Problem:
    return Problem(400, "json_malformed", f"the body is not JSON as RFC 8259 has it: {because[:200]}")
