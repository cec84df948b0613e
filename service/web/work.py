"""Parked work: seen and retried by a person."""

from typing import Any

from flask import Response, jsonify

from schemas.vocabulary import Scope
from schemas.work import ParkedList, WorkRetried
from service.flows.answer_once import Answered, Refusal, answer_once
from service.queues import Kind
from service.store import work as work_store
from service.store.database import Connection
from service.web import once
from service.web.access import needs
from service.web.door import door
from service.web.pages import moment
from service.web.problems import not_found
from service.web.routes import IDEMPOTENCY_KEY, describes, gives, noun, route

work = noun("work", "Steps that kept failing and wait for a person.")

LARGEST_ID = 2**63 - 1


@route(work, "GET", "/parked-work")
@needs(Scope.WORK_ADMIN)
@gives(work, 200, ParkedList())
def list_parked() -> Response:
    """List the parked steps with their errors, newest first."""
    with door().parts.db.autocommit() as conn:
        rows = work_store.parked(conn)
    return jsonify({"data": [_parked(row) for row in rows], "has_more": False, "next_cursor": None})


@route(work, "POST", "/parked-work/<int:work_id>/retry")
@needs(Scope.WORK_ADMIN)
@gives(work, 200, WorkRetried())
@describes(work, parameters=[IDEMPOTENCY_KEY])
def retry_parked(work_id: int) -> Response:
    """Give a parked step its attempts back."""
    if work_id > LARGEST_ID:
        raise not_found(f"parked work {work_id}")

    def retry(conn: Connection) -> Answered | Refusal:
        if not work_store.retry(conn, work_id):
            return Refusal("work_unknown", f"no parked work {work_id} here: see GET /v1/parked-work")
        return Answered(200, {"work_id": work_id, "status": "due"})

    answered = once.given(answer_once(door().parts.db, once.asked(), retry))
    door().nudge(tuple(Kind))
    return once.shown(answered, {name: answered.body[name] for name in ("work_id", "status")})


def _parked(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"parked_at": moment(row["parked_at"]), "created_at": moment(row["created_at"])}
