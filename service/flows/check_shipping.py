"""Deadlines act by themselves: what an order's clocks show to be owed is a claim, opened by the system."""

from collections.abc import Iterator, Sequence
from typing import Any

import structlog

from schemas.vocabulary import Cause
from service.domain.facts import Journey
from service.domain.watch import next_look_at, owed
from service.flows.decide_claim import Deciding
from service.flows.gather_facts import clocks_from, parcel_from
from service.queues import Kind
from service.store import intake, orders, parcels, work
from service.store.database import Connection, Database
from service.store.work import WorkItem

log = structlog.get_logger()

MIXED = "mixed"
"""What travels where a parcel holds several kinds: no figure of one kind is held against it."""

GRANTED_BY = {Cause.NOT_SHIPPED: "compensated_by", Cause.LATE: "subsidised_by"}
"""Where an order keeps the claim that compensated each fault."""


def check_shipping(db: Database, deciding: Deciding, items: Sequence[WorkItem]) -> None:
    """Open the claims that are owed by now, decide those again whose fault grew, and look again at the next clock."""
    with db.transaction() as conn:
        held = work.hold(conn, items)
        rows = {row["order_id"]: row for row in orders.lock(conn, [item.subject_id for item in held])}
        looks: dict[str, Any] = {}
        owing: dict[Cause, list[dict[str, Any]]] = {cause: [] for cause in GRANTED_BY}
        for row, journey in journeys(conn, rows):
            policy = deciding.library.by_id(row["policy_id"])
            for cause in owed(journey, policy):
                owing[cause].append(row)
            if look_at := next_look_at(journey, policy):
                looks[row["order_id"]] = look_at
        opened = {cause: _claim(conn, deciding, cause, found) for cause, found in owing.items()}
        work.look_again(conn, held, looks)
    for cause, claims in opened.items():
        for order_id, claim_id in claims.items():
            log.info("claim_opened", claim_id=claim_id, request_id=None, order_id=order_id, cause=cause.value)


def journeys(conn: Connection, rows: dict[str, dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Journey]]:
    """Yield each order's row with its journey as of the row's `now`."""
    kinds = orders.commodities(conn, list(rows))
    for travels in parcels.with_scans(conn, list(rows)):
        row = rows[travels["order_id"]]
        yield row, journey_of(row, travels, kinds[row["order_id"]])


def journey_of(row: dict[str, Any], travels: dict[str, Any], kinds: Sequence[str]) -> Journey:
    """Return an order's journey from its row, its waybills with their scans, and the kinds of its produce."""
    parcel = parcel_from(travels["waybills"], travels["scans"])
    return Journey(row["now"], clocks_from(row), parcel, what_travels(kinds))


def what_travels(kinds: Sequence[str]) -> str:
    """Name the one kind of produce in a parcel, or say that it is mixed."""
    return kinds[0] if len(kinds) == 1 else MIXED


def _claim(conn: Connection, deciding: Deciding, cause: Cause, rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Claim for the orders that were not granted anything yet, and return each order's new claim."""
    granted_by = GRANTED_BY[cause]
    fresh = {row["order_id"]: deciding.new_id("clm") for row in rows if not row[granted_by]}
    opened = set(intake.open_by_system(conn, list(fresh), fresh, cause))
    work.add(conn, Kind.DECIDE_CLAIM, [row[granted_by] for row in rows if row[granted_by]])
    return {order_id: claim_id for order_id, claim_id in fresh.items() if claim_id in opened}
