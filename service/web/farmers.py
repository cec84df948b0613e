"""What a farmer sees of its money, each charge with its reason."""

from typing import Any

from flask import Response, jsonify

from schemas.farmers import BalancesShown, ChargesShown, PayoutDetail, PayoutsShown
from schemas.lists import PageAsked
from schemas.vocabulary import Scope
from service.domain.postings import farmer_available, farmer_held
from service.store import farmers as farmer_store
from service.store import ledger
from service.web.access import caller, needs, sees_farmer
from service.web.door import door
from service.web.pages import moment, money, page
from service.web.problems import not_found
from service.web.routes import gives, noun, route, takes
from service.web.statement_lines import statement_line

farmers = noun("farmers", "A farmer's charges, balance, payouts and statement.")

USUAL_CURRENCY = "CNY"


@route(farmers, "GET", "/farmers/<farmer_id>/charges")
@needs(Scope.FARMER_READ)
@takes(farmers, PageAsked(), where="query")
@gives(farmers, 200, ChargesShown())
def list_charges(asked: dict[str, Any], farmer_id: str) -> Response:
    """List a farmer's charges with their reasons, newest first, reversed ones included."""
    check_farmer(farmer_id)
    with door().parts.db.autocommit() as conn:
        rows = farmer_store.charges(conn, farmer_id, asked["cursor"], asked["limit"] + 1)
    return page(rows, asked["limit"], "charge_id", _charge)


@route(farmers, "GET", "/farmers/<farmer_id>/balance")
@needs(Scope.FARMER_READ)
@gives(farmers, 200, BalancesShown())
def get_balance(farmer_id: str) -> Response:
    """Show what is held, what the next payout takes, and both together, by currency."""
    check_farmer(farmer_id)
    held, available = farmer_held(farmer_id), farmer_available(farmer_id)
    with door().parts.db.autocommit() as conn:
        rows = ledger.balances(conn, [held, available])
    balance = {(row["account"], row["currency"]): row["balance"] for row in rows}
    currencies = sorted({row["currency"] for row in rows}) or [USUAL_CURRENCY]
    shown = [
        _balance(currency, balance.get((held, currency), 0), balance.get((available, currency), 0))
        for currency in currencies
    ]
    return jsonify({"farmer_id": farmer_id, "balances": shown})


@route(farmers, "GET", "/farmers/<farmer_id>/payouts")
@needs(Scope.FARMER_READ)
@takes(farmers, PageAsked(), where="query")
@gives(farmers, 200, PayoutsShown())
def list_payouts(asked: dict[str, Any], farmer_id: str) -> Response:
    """List a farmer's payouts, newest first."""
    check_farmer(farmer_id)
    with door().parts.db.autocommit() as conn:
        rows = farmer_store.payouts(conn, farmer_id, asked["cursor"], asked["limit"] + 1)
    return page(rows, asked["limit"], "payout_id", _payout)


@route(farmers, "GET", "/farmers/<farmer_id>/payouts/<payout_id>")
@needs(Scope.FARMER_READ)
@gives(farmers, 200, PayoutDetail())
def get_payout(farmer_id: str, payout_id: str) -> Response:
    """Show a payout line by line: sale, charges, net."""
    check_farmer(farmer_id)
    with door().parts.db.transaction() as conn:
        row = farmer_store.find_payout(conn, payout_id)
        if row is None or row["farmer_id"] != farmer_id:
            raise not_found(f"payout {payout_id}")
        lines = farmer_store.payout_lines(conn, payout_id)
    return jsonify({**_payout(row), "lines": [statement_line(line) for line in lines]})


def check_farmer(farmer_id: str) -> None:
    """Raise Problem 404 for a farmer that this client is not to know of."""
    if not sees_farmer(caller(), farmer_id):
        raise not_found(f"farmer {farmer_id}")


def _charge(row: dict[str, Any]) -> dict[str, Any]:
    names = ("claim_id", "claim_number", "order_id", "line_id", "cause", "decision_id", "share_bp", "because")
    return {
        "id": row["charge_id"],
        **{name: row[name] for name in names},
        "amount": money(row["amount"], row["currency"]),
        "posted_at": moment(row["posted_at"]),
        "reversed_at": moment(row["reversed_at"]),
    }


def _balance(currency: str, held: int, available: int) -> dict[str, Any]:
    return {
        "currency": currency,
        "held": money(held, currency),
        "available": money(available, currency),
        "total": money(held + available, currency),
    }


def _payout(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["payout_id"],
        "farmer_id": row["farmer_id"],
        "amount": money(row["amount"], row["currency"]),
        **{name: row[name] for name in ("channel", "status", "reference", "because")},
        "created_at": moment(row["created_at"]),
        "finished_at": moment(row["finished_at"]),
    }
