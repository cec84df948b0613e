"""What the money model does to the service beside its flows, and how it reads the service's own numbers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from schemas.vocabulary import ExceptionCause, Step
from service.domain.order import Line, Order, freight_by_line
from service.flows.run_work import drain
from service.policies.library import Library
from service.queues import Kind
from service.store import audit
from service.wiring.parts import Parts
from service.wiring.steps import steps_of
from tests.builders import Season, line, scan

_KINDS = (
    Kind.INSPECT_EVIDENCE,
    Kind.DECIDE_CLAIM,
    Kind.ATTRIBUTE_CLAIM,
    Kind.REFUND_BUYER,
    Kind.PAY_FARMER,
    Kind.FOLLOW_PARCEL,
    Kind.CHECK_SHIPPING,
)

SUITABLE = (
    ("unsent", 2.5, "not_shipped", 0),
    ("unsent", 20.5, "not_shipped", 0),
    ("delivered", 60.5, "missing", 2),
    ("delivered", 60.5, "rotten", 2),
    ("delivered", 60.5, "rotten", 2),
    ("delivered", 60.5, "rotten", 2),
    ("silent", 60.5, "lost", 0),
)
"""Parcels with hours since payment, and the cause and photos with which a claim for each is granted by policy."""


def under_the_first_policy(parts: Parts) -> Parts:
    """The parts with the policy of 2026-01-01 alone, whose figures the plain market knows."""
    library = Library(parts.library.policies[:1], parts.library.texts)
    return replace(parts, library=library, deciding=replace(parts.deciding, library=library))


def do_due(season: Season) -> None:
    """Do what is due, kind after kind, until nothing is; money is tried again at once, sales are looked at again."""
    steps, parts = steps_of(season.parts), season.parts
    taken = 1
    while taken:
        season.rows(
            """
            UPDATE work SET due_at = now()
            WHERE kind IN ('check_shipping', 'follow_parcel') AND due_at BETWEEN now() AND now() + interval '6 seconds'
            """
        )
        taken = sum(drain(parts.db, kind, steps[kind]) for kind in _KINDS)
    _hasten(season, Kind.RELEASE_SALE)
    drain(parts.db, Kind.RELEASE_SALE, steps[Kind.RELEASE_SALE])


def ask_the_bank_again(season: Season) -> None:
    """Make transfers without a clear answer due now."""
    _hasten(season, Kind.REFUND_BUYER)
    do_due(season)


def turn_back(season: Season, farmer: str, sold: dict[str, Order], hours: float) -> dict[str, Order]:
    """Let hours pass: everything that happened or is due lies so much further back; return the orders as they are."""
    shift = timedelta(hours=hours)
    for statement in _TURN_BACK:
        season.rows(statement, {"shift": shift, "farmer": farmer, "orders": f"{farmer}-%"})
    return {order_id: replace(one, paid_at=one.paid_at - shift) for order_id, one in sold.items()}


def lines_sold(paid: Sequence[int], freight: int) -> tuple[Line, ...]:
    """An order's lines, its freight divided as the service divides it."""
    parts = freight_by_line(freight, list(paid))
    return tuple(line(str(n), paid=p, freight=f) for n, (p, f) in enumerate(zip(paid, parts, strict=True)))


def tell(season: Season, number: str, step: Step, at: float | None, now: float) -> None:
    """Let the carrier tell a scan (an exception is a refusal), if there is one."""
    if at is not None:
        cause = ExceptionCause.REFUSED if step is Step.EXCEPTION else None
        season.hear(scan(number, step, now - at, cause))


def claims_of(season: Season, farmer: str) -> list[dict[str, Any]]:
    """The farmer's claims, oldest first, with what the farmer bears of each."""
    return season.rows(
        """
        SELECT claim_id, opened_by, order_id, status, status_detail, stage, waiting_on, guarantee, granted,
            policy_id, decided_at, response_due_at, review_due_at, appealed_by,
            coalesce(charged.amount, 0)::bigint AS farmer_bears, coalesce(borne.amount, 0)::bigint AS borne
        FROM claims
        LEFT JOIN LATERAL (
            SELECT sum(amount) AS amount FROM charges
            WHERE charges.claim_id = claims.claim_id AND party = 'farmer' AND reversed_at IS NULL
        ) AS charged ON true
        LEFT JOIN LATERAL (
            SELECT sum(amount) AS amount FROM charges
            WHERE charges.claim_id = claims.claim_id AND reversed_at IS NULL
        ) AS borne ON true
        WHERE farmer_id = %(farmer)s
        ORDER BY claim_id
        """,
        {"farmer": farmer},
    )


def lines_of(season: Season, farmer: str) -> list[tuple[Any, ...]]:
    """The lines of the farmer's orders: amounts, what was refunded, and the order's credit and compensation."""
    rows = season.rows(
        """
        SELECT order_id, line_id, paid, freight, refunded, sale_credited, compensated
        FROM order_lines
        JOIN orders USING (order_id)
        WHERE farmer_id = %(farmer)s
        ORDER BY order_id, line_id
        """,
        {"farmer": farmer},
    )
    return [tuple(row.values()) for row in rows]


def refused_by_bank(season: Season, farmer: str) -> Counter[tuple[str, int]]:
    """The refunds that the bank will never make."""
    rows = season.rows(
        """
        SELECT payee, amount FROM refunds JOIN claims USING (claim_id)
        WHERE farmer_id = %(farmer)s AND refunds.status = 'failed'
        """,
        {"farmer": farmer},
    )
    return Counter((row["payee"], row["amount"]) for row in rows)


def broken_promises(season: Season) -> set[str]:
    """Return what the books' own audit finds; work that an earlier example left is taken away and not missed."""
    with season.parts.db.transaction() as conn:
        found = audit.broken_promises(conn)
    return {f"{row['promise']}: {row['detail']}" for row in found if "forgotten" not in row["promise"]}


def _hasten(season: Season, kind: Kind) -> None:
    season.rows("UPDATE work SET due_at = now() WHERE kind = %(kind)s AND parked_at IS NULL", {"kind": kind})


_TURN_BACK = (
    "UPDATE orders SET paid_at = paid_at - %(shift)s WHERE farmer_id = %(farmer)s",
    "UPDATE tracking_events SET event_time = event_time - %(shift)s WHERE number LIKE %(orders)s",
    """
    UPDATE claims
    SET opened_at = opened_at - %(shift)s,
        decided_at = decided_at - %(shift)s,
        asked_buyer_at = asked_buyer_at - %(shift)s,
        asked_farmer_at = asked_farmer_at - %(shift)s,
        response_due_at = response_due_at - %(shift)s,
        review_due_at = review_due_at - %(shift)s
    WHERE farmer_id = %(farmer)s
    """,
    "UPDATE work SET due_at = due_at - %(shift)s WHERE parked_at IS NULL",
)
