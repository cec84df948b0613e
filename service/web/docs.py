"""The API's description: OpenAPI for machines, one plain page for people, without a script."""

from typing import Any

from flask import Blueprint, Flask, Response, current_app, json, render_template
from markupsafe import Markup, escape

from service.web.access import declared, open_to_all
from service.web.problems import STATUS

docs = Blueprint("docs", __name__, url_prefix="/v1", template_folder="templates")

SPEC = "makegood-spec"
PAGE_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
METHODS = ("get", "put", "post", "patch", "delete")

STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1rem }
h2 { margin-top: 2.5rem; border-bottom: 1px solid }
h3 code { font-size: 1.05rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884 }
details { margin: .5rem 0 }
nav ul { padding: 0 }
nav li { display: inline-block; margin-right: 1rem }
code, td { overflow-wrap: anywhere }
.method { font-weight: 700; text-transform: uppercase }
@media (max-width: 40rem) {
  .parameters th { display: none }
  .parameters tr { display: block; padding: .25rem 0; border-bottom: 1px solid #8884 }
  .parameters td { display: inline; border: 0 }
}
"""


def describe(app: Flask, spec: dict[str, Any]) -> None:
    """Complete the description with what each route says about its access, and keep it with the application."""
    spec["info"]["description"] = "The after-sales guarantee service of a fresh-produce marketplace."
    schemes = spec.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["token"] = {"type": "http", "scheme": "bearer"}
    spec["components"].pop("responses", None)
    scopes = _scopes(app)
    for path, operations in spec["paths"].items():
        for method in METHODS:
            if method in operations:
                _say_access(operations[method], scopes[path, method])
    app.extensions[SPEC] = spec


@docs.get("/openapi.json")
@open_to_all
def openapi() -> Response:
    """Give the OpenAPI 3.1 document."""
    return Response(json.dumps(current_app.extensions[SPEC]), content_type="application/json")


@docs.get("/docs")
@open_to_all
def page() -> Response:
    """Show the description as a page."""
    spec = current_app.extensions[SPEC]
    text = render_template("docs.html", spec=spec, methods=METHODS, refusals=STATUS, marked=_marked)
    shown = Response(text, content_type="text/html; charset=utf-8")
    shown.headers["Content-Security-Policy"] = PAGE_POLICY
    return shown


@docs.get("/docs.css")
@open_to_all
def style() -> Response:
    """Give the page's style."""
    return Response(STYLE, content_type="text/css; charset=utf-8")


def _marked(text: str | None) -> Markup:
    """What the descriptions put between backticks is code on the page."""
    parts = (text or "").split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )


def _scopes(app: Flask) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for rule in app.url_map.iter_rules():
        access = declared(app.view_functions[rule.endpoint])
        for method in rule.methods or ():
            found[_path(rule.rule), method.lower()] = access.any_of if access else ()
    return found


def _path(rule: str) -> str:
    """Werkzeug writes `<int:name>` where OpenAPI writes `{name}`."""
    parts = ["{" + part[1:-1].rpartition(":")[2] + "}" if part.startswith("<") else part for part in rule.split("/")]
    return "/".join(parts)


def _say_access(operation: dict[str, Any], any_of: tuple[str, ...]) -> None:
    operation["security"] = [{"token": [scope]} for scope in any_of]
    operation["responses"].pop("422", None)
    operation["responses"].pop("UNPROCESSABLE_ENTITY", None)
    operation["responses"]["default"] = {
        "description": "A problem (RFC 9457); its `code` is stable.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
