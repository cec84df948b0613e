"""The clocks of an order as people see them: what is promised, until when, and how it stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.domain.deadlines import response_hours, severely_late_at, ship_by, window_closes_at
from service.domain.facts import CANCELLED, OrderFacts
from service.domain.guarantees import Guarantee
from service.domain.parcel import Parcel
from service.domain.policy import Policy
from service.flows.gather_facts import clocks_from
from service.web.pages import moment


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order's row with its parcel; the row's `now` is the database's clock."""

    row: dict[str, Any]
    parcel: Parcel

    @property
    def facts(self) -> OrderFacts:
        """The part of the order that deadlines are counted from."""
        return clocks_from(self.row)


def clocks(ordered: Ordered, policy: Policy) -> list[dict[str, Any]]:
    """Return every clock of the order; a cancelled order promises nothing."""
    if ordered.row["status"] == CANCELLED:
        return []
    facts, shipped_at = ordered.facts, ordered.parcel.shipped_at
    express = timedelta(hours=policy.express_refund.within_hours_of_payment)
    shipping = (
        ("ship_by", Guarantee.SHIPPING_DEADLINE, ship_by(facts, policy)),
        ("severely_late", Guarantee.SHIPPING_DEADLINE, severely_late_at(facts, policy)),
    )
    shown = [_race(name, guarantee, due_at, shipped_at, ordered.row) for name, guarantee, due_at in shipping]
    shown.append(_until("free_to_leave", Guarantee.EXPRESS_REFUND, facts.paid_at + express, ordered, shipped_at))
    shown += [_window(line, ordered, policy) for line in ordered.row["snapshot"]["lines"]]
    shown.append(
        _clock("farmer_response", Guarantee.REFUND_ONLY, response_hours(ordered.parcel, policy), "not_started")
    )
    return shown


def _race(
    name: str, guarantee: Guarantee, due_at: datetime, done_at: datetime | None, row: dict[str, Any]
) -> dict[str, Any]:
    """A promise that a scan must beat."""
    promised_hours = (due_at - row["paid_at"]) / timedelta(hours=1)
    if done_at:
        return _clock(name, guarantee, promised_hours, "met" if done_at <= due_at else "missed", due_at)
    status = "running" if row["now"] < due_at else "missed"
    return _clock(name, guarantee, promised_hours, status, due_at, row["now"])


def _until(
    name: str, guarantee: Guarantee, due_at: datetime, ordered: Ordered, ended_at: datetime | None
) -> dict[str, Any]:
    """A right of the buyer that ends with a time or with an event."""
    now = ordered.row["now"]
    hours = (due_at - ordered.row["paid_at"]) / timedelta(hours=1)
    return _clock(name, guarantee, hours, "closed" if ended_at or now >= due_at else "running", due_at, now)


def _window(line: dict[str, Any], ordered: Ordered, policy: Policy) -> dict[str, Any]:
    """The claim window of a line, from its commodity; it starts with the delivery scan."""
    row, senior = ordered.row, ordered.row["buyer_senior"]
    due_at = window_closes_at(ordered.parcel, line["commodity"], senior, policy)
    hours = policy.window(line["commodity"], senior) / timedelta(hours=1)
    status = "not_started" if due_at is None else "running" if row["now"] < due_at else "closed"
    window = _clock("claim_window", Guarantee.ROTTEN_GUARANTEED, hours, status, due_at, row["now"])
    return window | {"line_id": line["line_id"]}


def _clock(
    name: str,
    guarantee: Guarantee,
    hours: float,
    status: str,
    due_at: datetime | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    running = status == "running" and due_at is not None and now is not None
    return {
        "guarantee": guarantee,
        "name_zh": guarantee.name_zh,
        "clock": name,
        "line_id": None,
        "hours": round(hours, 1),
        "due_at": moment(due_at),
        "seconds_left": int((due_at - now).total_seconds()) if running and due_at and now else None,
        "status": status,
    }
