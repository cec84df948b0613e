"""A farmer's statement of a span of time."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from flask import Response, jsonify
from marshmallow import ValidationError

from schemas.farmers import StatementAsked, StatementShown
from schemas.fields import Moment
from schemas.vocabulary import Scope
from service.store import farmers as farmer_store
from service.web.access import needs
from service.web.door import door
from service.web.farmers import check_farmer, farmers
from service.web.problems import Problem, trouble, unfit
from service.web.routes import describes, gives, route, takes
from service.web.statement_lines import statement_line
from service.web.statement_sheets import statement_csv, statement_xlsx

CHINA = timezone(timedelta(hours=8))
SHEETS: dict[str, tuple[Callable[[list[dict[str, Any]], str], bytes], str]] = {
    "csv": (statement_csv, "text/csv; charset=utf-8"),
    "xlsx": (statement_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
FORMATS = ("json", *SHEETS)

_MOMENT = Moment()


@route(farmers, "GET", "/farmers/<farmer_id>/statement")
@needs(Scope.FARMER_READ)
@takes(farmers, StatementAsked(), where="query")
@gives(farmers, 200, StatementShown())
@describes(farmers, responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}})
def get_statement(asked: dict[str, Any], farmer_id: str) -> Response:
    """Show every sale, charge and payout of a span of time, oldest first, with the balance after each."""
    check_farmer(farmer_id)
    if asked["format"] not in FORMATS:
        detail = f"there is no statement as {asked['format']}: take {' or '.join(FORMATS)}"
        raise Problem(400, "format_unsupported", detail, [trouble("format", "format_unsupported", detail)])
    opens_at, closes_at = _begin_of(asked["opens"], "from"), _end_of(asked["closes"], "to")
    with door().parts.db.autocommit() as conn:
        rows = farmer_store.statement(conn, farmer_id, opens_at, closes_at)
    if asked["format"] == "json":
        return jsonify({"farmer_id": farmer_id, "data": [statement_line(row) for row in rows]})
    make, media_type = SHEETS[asked["format"]]
    sheet = Response(make(rows, door().parts.config.public_url), content_type=media_type)
    sheet.headers["Content-Disposition"] = f'attachment; filename="statement.{asked["format"]}"'
    return sheet


def _begin_of(given: str | None, field: str) -> datetime | None:
    day = _day(given)
    return datetime.combine(day, time(), CHINA) if day else _moment(given, field)


def _end_of(given: str | None, field: str) -> datetime | None:
    day = _day(given)
    return datetime.combine(day + timedelta(days=1), time(), CHINA) if day else _moment(given, field)


def _day(given: str | None) -> date | None:
    if given is None or len(given) != len("2026-06-01"):
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return None
    return day if day.year < date.max.year else None


def _moment(given: str | None, field: str) -> datetime | None:
    if given is None:
        return None
    try:
        return _MOMENT.deserialize(given.replace(" ", "+"))
    except ValidationError as fault:
        raise unfit(field, "give a day such as 2026-06-01, or a time as RFC 3339 with an offset") from fault
