"""What is recovered from carriers: listed, aged and pursued by operations."""

from typing import Any

from flask import Response, jsonify

from schemas.recoveries import (
    AgeingAsked,
    AgeingsShown,
    Because,
    Filed,
    Recovered,
    RecoveriesAsked,
    RecoveriesShown,
    RecoveryShown,
)
from schemas.vocabulary import Scope
from service.flows.pursue_recovery import Pursuit, Step, pursue_recovery, steps_open
from service.store import recoveries as recovery_store
from service.web import once
from service.web.access import needs
from service.web.door import door
from service.web.pages import moment, money, page
from service.web.problems import not_found
from service.web.routes import IDEMPOTENCY_KEY, IF_MATCH, describes, gives, noun, route, takes
from service.web.versions import etag, seen_version

recoveries = noun("recoveries", "What carriers owe for claims, until it is recovered, refused or written off.")

KEYED = describes(recoveries, parameters=[IDEMPOTENCY_KEY, IF_MATCH])
SHOWS_RECOVERY = gives(recoveries, 200, RecoveryShown())

_AS_THEY_ARE = (
    "version",
    "carrier",
    "claim_id",
    "order_id",
    "charge_id",
    "status",
    "status_detail",
    "overdue",
    "reference",
    "because",
)
_TIMES = ("opened_at", "filing_due_at", "filed_at", "ended_at")
_AGED = ("outstanding", "days_0_29", "days_30_59", "days_60_89", "days_90_up", "overdue_amount")


@route(recoveries, "GET", "/recoveries")
@needs(Scope.RECOVERIES_READ, Scope.RECOVERIES_WRITE)
@takes(recoveries, RecoveriesAsked(), where="query")
@gives(recoveries, 200, RecoveriesShown())
def list_recoveries(asked: dict[str, Any]) -> Response:
    """List recoveries, newest first; with overdue=true those whose filing deadline passed unfiled."""
    with door().parts.db.autocommit() as conn:
        rows = recovery_store.search(conn, asked, asked["cursor"], asked["limit"] + 1)
    return page(rows, asked["limit"], "recovery_id", _recovery)


@route(recoveries, "GET", "/recoveries/ageing")
@needs(Scope.RECOVERIES_READ, Scope.RECOVERIES_WRITE)
@takes(recoveries, AgeingAsked(), where="query")
@gives(recoveries, 200, AgeingsShown())
def get_ageing(asked: dict[str, Any]) -> Response:
    """Show per carrier what is outstanding, by days since it was charged, and what is overdue to be filed."""
    with door().parts.db.autocommit() as conn:
        rows = recovery_store.ageing(conn, asked["carrier"])
    return jsonify({"data": [_aged(row) for row in rows]})


@route(recoveries, "GET", "/recoveries/<recovery_id>")
@needs(Scope.RECOVERIES_READ, Scope.RECOVERIES_WRITE)
@SHOWS_RECOVERY
def get_recovery(recovery_id: str) -> Response:
    """Show a recovery as it stands, with the steps that are open to it."""
    with door().parts.db.autocommit() as conn:
        row = recovery_store.find(conn, recovery_id)
    if row is None:
        raise not_found(f"recovery {recovery_id}")
    shown = jsonify(_recovery(row))
    shown.headers["ETag"] = etag(row["version"])
    return shown


@route(recoveries, "POST", "/recoveries/<recovery_id>/file")
@needs(Scope.RECOVERIES_WRITE)
@takes(recoveries, Filed())
@SHOWS_RECOVERY
@KEYED
def file(asked: dict[str, Any], recovery_id: str) -> Response:
    """Note that the claim pack was filed with the carrier, under its reference."""
    return _pursue(recovery_id, Step.FILE, reference=asked["reference"])


@route(recoveries, "POST", "/recoveries/<recovery_id>/recover")
@needs(Scope.RECOVERIES_WRITE)
@takes(recoveries, Recovered())
@SHOWS_RECOVERY
@KEYED
def recover(asked: dict[str, Any], recovery_id: str) -> Response:
    """Note what the carrier paid, in full or in part; the ledger takes it in."""
    paid = asked["amount"] or {"amount": None, "currency": None}
    return _pursue(recovery_id, Step.RECOVER, reference=asked["reference"], **paid)


@route(recoveries, "POST", "/recoveries/<recovery_id>/refuse")
@needs(Scope.RECOVERIES_WRITE)
@takes(recoveries, Because())
@SHOWS_RECOVERY
@KEYED
def refuse(asked: dict[str, Any], recovery_id: str) -> Response:
    """Note that the carrier refused, and why; it can be filed again, or written off."""
    return _pursue(recovery_id, Step.REFUSE, because=asked["reason"])


@route(recoveries, "POST", "/recoveries/<recovery_id>/write-off")
@needs(Scope.RECOVERIES_WRITE)
@takes(recoveries, Because())
@SHOWS_RECOVERY
@KEYED
def write_off(asked: dict[str, Any], recovery_id: str) -> Response:
    """Give up what is outstanding: the platform bears it."""
    return _pursue(recovery_id, Step.WRITE_OFF, because=asked["reason"])


def _pursue(recovery_id: str, step: Step, **carried: Any) -> Response:
    pursuit = Pursuit(step, version=seen_version("recovery"), **carried)
    answered = once.given(pursue_recovery(door().parts.db, once.asked(), recovery_id, pursuit))
    shown = once.shown(answered, _recovery(answered.body))
    shown.headers["ETag"] = etag(answered.body["version"])
    return shown


def _recovery(row: dict[str, Any]) -> dict[str, Any]:
    """Return a recovery as JSON, from a row or from one that was kept as JSON."""
    figures = {name: row[name] for name in ("amount", "recovered", "written_off", "overpaid")}
    figures["outstanding"] = row["amount"] - row["recovered"] - row["written_off"]
    return {
        "id": row["recovery_id"],
        **{name: row[name] for name in _AS_THEY_ARE},
        **{name: money(amount, row["currency"]) for name, amount in figures.items()},
        "available_steps": steps_open(row["status"]),
        **{name: moment(row[name]) for name in _TIMES},
    }


def _aged(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        **{name: money(row[name], row["currency"]) for name in _AGED},
        "next_filing_due_at": moment(row["next_filing_due_at"]),
    }
