"""Orders from the order service: taken as snapshots, answered with their clocks and their way."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Response, jsonify, request

from schemas.fields import MOST_AMOUNT
from schemas.orders import OrderAsked, OrderKept, OrderShown
from schemas.vocabulary import Scope
from service.carriers.names import canonical
from service.domain.divisions import code_of
from service.domain.order import Line, Order, freight_by_line
from service.domain.parcel import Waybill
from service.domain.policy import Policy
from service.domain.tellings import clashes
from service.flows.check_shipping import journey_of
from service.flows.gather_facts import tellings_from
from service.flows.receive_order import receive_order
from service.queues import Kind
from service.store import claims, parcels, tracking
from service.store import orders as order_store
from service.store.orders import Upsert
from service.web.access import caller, needs
from service.web.documents import document_of
from service.web.door import door, now
from service.web.order_clocks import Ordered, clocks, route_shown
from service.web.pages import moment
from service.web.problems import Problem, not_found, unfit
from service.web.routes import gives, noun, route, takes

orders = noun("orders", "Orders as their service describes them.")

MOST_AHEAD = timedelta(days=1)
LONGEST_ID = 128

_CONFLICTS = {
    Upsert.STALE: (
        "order_version_stale",
        "a later version of this order is here already: send the newest snapshot",
    ),
    Upsert.DIFFERENT: (
        "order_version_reused",
        "this version is here with other content, or buyer, farmer, currency or paid_at changed: "
        "raise the version, and keep those four",
    ),
    Upsert.BELOW_REFUNDED: (
        "order_below_refunded",
        "a line would be worth less than was refunded of it: leave its amount as it was",
    ),
    Upsert.LINE_IN_USE: (
        "order_line_in_use",
        "a line that a claim is about is missing: keep it in the order",
    ),
}


@route(orders, "PUT", "/orders/<order_id>")
@needs(Scope.ORDERS_WRITE)
@takes(orders, OrderAsked())
@gives(orders, 200, OrderKept(), "The order was here: it is updated, or it is the same.")
@gives(orders, 201, OrderKept(), "The order is new.")
def put_order(asked: dict[str, Any], order_id: str) -> Response:
    """Take an order's snapshot.

    Upsert by version: the same version twice is harmless, an older one is refused with 409.
    """
    order = order_of(order_id, asked, document_of(request), now())
    parts = door().parts
    result = receive_order(parts.db, parts.library, order, caller().client_id)
    if result is Upsert.APP_UNKNOWN:
        raise unfit("app", f"no client {order.app} here: give the client id of the buyer's app, or leave it out")
    if result in _CONFLICTS:
        raise Problem(409, *_CONFLICTS[result])
    if result is not Upsert.SAME:
        door().nudge((Kind.FOLLOW_PARCEL, Kind.CHECK_SHIPPING, Kind.RELEASE_SALE))
    kept = jsonify({"order_id": order_id, "version": order.version, "result": result})
    kept.status_code = 201 if result is Upsert.CREATED else 200
    return kept


@route(orders, "GET", "/orders/<order_id>")
@needs(Scope.ORDERS_WRITE, Scope.CLAIMS_REVIEW)
@gives(orders, 200, OrderShown())
def get_order(order_id: str) -> Response:
    """Show an order, its guarantees with their countdowns, and its tracking timeline."""
    parts = door().parts
    with parts.db.transaction() as conn:
        row = order_store.find(conn, order_id)
        if row is None:
            raise not_found(f"order {order_id}")
        [travels] = parcels.with_scans(conn, [order_id])
        journey = journey_of(row, travels, order_store.commodities(conn, [order_id])[order_id])
        timeline = tracking.timeline(conn, order_id)
        ordered = Ordered(row, journey, tuple(claims.deadlines_on(conn, order_id)))
    policy = parts.library.by_id(row["policy_id"])
    return jsonify(
        {
            "order_id": order_id,
            "version": row["version"],
            "status": row["status"],
            "policy_id": row["policy_id"],
            "policy_version": policy.version,
            "snapshot": row["snapshot"],
            "guarantees": clocks(ordered, policy),
            "route": route_shown(journey),
            "tracking": [_event(event) for event in timeline],
            "contradictions": _contradictions(travels, policy),
            "recorded_at": moment(row["recorded_at"]),
        }
    )


def order_of(order_id: str, asked: dict[str, Any], snapshot: dict[str, Any], at: datetime) -> Order:
    """Return the order that a checked snapshot describes; raises Problem 422 for what only the whole can show."""
    if len(order_id) > LONGEST_ID or not order_id.isprintable() or order_id != order_id.strip():
        raise unfit("order_id", f"give 1 to {LONGEST_ID} printable characters without space around them in the path")
    if asked["paid_at"] > at + MOST_AHEAD:
        raise unfit(
            "paid_at",
            f"{moment(asked['paid_at'])} is more than a day ahead of {moment(at)}: check the clock and the offset",
        )
    payment = asked["payment"] or {}
    to = {name: value or "" for name, value in asked["destination"].items()}
    order = Order(
        order_id=order_id,
        version=asked["version"],
        buyer_id=asked["buyer"]["id"],
        buyer_senior=asked["buyer"]["senior"],
        farmer_id=asked["farmer"]["id"],
        farmer_name=asked["farmer"]["name"] or "",
        currency=asked["currency"],
        paid_at=asked["paid_at"],
        ship_by=asked["ship_by"],
        presale=asked["presale"],
        province=to["province"],
        payment_channel=payment.get("channel") or "",
        transaction_id=payment.get("transaction_id") or "",
        status=asked["status"],
        lines=_lines(asked),
        waybills=_waybills(asked),
        snapshot=snapshot,
        app=asked["app"],
        city=to["city"],
        district=to["district"],
        to_village=bool(to["village"]),
        region=code_of(to["code"], to["province"], to["city"]),
    )
    if order.total > MOST_AMOUNT:
        raise unfit("lines", f"the order sums to {order.total} minor units, at most {MOST_AMOUNT}: check the unit")
    return order


def _lines(asked: dict[str, Any]) -> tuple[Line, ...]:
    paid = [line["paid"]["amount"] for line in asked["lines"]]
    freight = asked["freight"]["amount"] if asked["freight"] else 0
    return tuple(
        Line(
            line_id=line["line_id"],
            commodity=line["commodity"],
            title=line["title"] or "",
            quantity=Decimal(repr(line["quantity"])),
            unit=line["unit"] or "",
            paid=line["paid"]["amount"],
            freight=part,
        )
        for line, part in zip(asked["lines"], freight_by_line(freight, paid), strict=True)
    )


def _waybills(asked: dict[str, Any]) -> tuple[Waybill, ...]:
    """A carrier has one name here, however the order service writes it."""
    waybills = tuple(Waybill(canonical(w["carrier"]), w["number"], w["leg"]) for w in asked["waybills"])
    named = [(w.carrier, w.number) for w in waybills]
    for place, (carrier, number) in enumerate(named):
        if (carrier, number) in named[:place]:
            raise unfit(f"waybills.{place}.number", f"{number} of {carrier} is there twice: name each once")
    return waybills


def _contradictions(travels: dict[str, Any], policy: Policy) -> list[dict[str, Any]]:
    tellings = tellings_from(travels["waybills"], travels["scans"])
    return [
        {
            "carrier": clash.carrier,
            "number": clash.number,
            "providers": list(clash.providers),
            "because": clash.because,
        }
        for clash in clashes(tellings, policy.carriers.apart)
    ]


def _event(row: dict[str, Any]) -> dict[str, Any]:
    times = {"event_time": moment(row["event_time"]), "recorded_at": moment(row["recorded_at"])}
    return {name: value for name, value in row.items() if name != "event_id"} | times
