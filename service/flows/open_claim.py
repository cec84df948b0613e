"""A claim comes in: on disk before it is acknowledged, with its first work."""

from typing import Any

from service.flows.answer_once import Answered, KeyTrouble, Refusal, Request, replay, standing, trouble
from service.store import intake
from service.store.database import Connection, ConnectionLost, Database
from service.store.intake import Intake


def open_claim(db: Database, asked: Intake) -> Answered | Refusal:
    """Store a claim and return its JSON, or the reason why it was not stored. One statement, one round trip."""
    try:
        taken = _take(db, asked)
    except ConnectionLost:
        taken = _take(db, asked)  # Under the same key: if the first was stored after all, this one finds its answer.
    if taken is not None:
        return Answered(201, taken)
    with db.transaction() as conn:
        return _why_not(conn, asked)


def _take(db: Database, asked: Intake) -> dict[str, Any] | None:
    with db.autocommit() as conn:
        return intake.take(conn, asked)


def answered_before(db: Database, asked: Request) -> Answered | Refusal | None:
    """Return the earlier answer to this request, so that its photos need not be stored again."""
    with db.autocommit() as conn:
        return replay(conn, asked)


def _why_not(conn: Connection, asked: Intake) -> Answered | Refusal:
    earlier = standing(conn, Request(asked.client_id, asked.key, asked.request_sha256))
    if earlier:
        return earlier
    found = intake.obstacles(conn, asked)
    if not found["order_found"]:
        return Refusal("order_unknown", f"no order {asked.order_id} here: PUT the order first", "order_id")
    if found["line_quantity"] is None:
        return Refusal(
            "line_unknown",
            f"order {asked.order_id} has no line {asked.line_id}: name one of its lines",
            "line_id",
        )
    if asked.quantity is not None and asked.quantity > found["line_quantity"]:
        return Refusal(
            "quantity_too_large",
            f"{asked.quantity:g} affected, the line has {found['line_quantity']:f}: name at most that",
            "affected.quantity",
        )
    if found["evidence_missing"]:
        missing = ", ".join(found["evidence_missing"])
        return Refusal("evidence_unknown", f"no photo {missing} of this client: upload it first", "evidence")
    if found["live_claim_id"]:
        return Refusal(
            "claim_exists",
            f"{found['live_claim_id']} already claims {asked.cause} for this line: add photos to it or appeal it",
            "cause",
        )
    return trouble(KeyTrouble.IN_FLIGHT)
