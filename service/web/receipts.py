"""Decision receipts: what buyer, farmer and carrier can read, check and appeal."""

import json
from typing import Any

from flask import Response, jsonify

from schemas.receipts import ReceiptsShown
from schemas.vocabulary import Scope
from service.store import decisions
from service.web.access import needs
from service.web.claims import claims, visible_claim
from service.web.door import door
from service.web.pages import moment, money
from service.web.routes import gives, route


@route(claims, "GET", "/claims/<claim_id>/receipt")
@needs(Scope.CLAIMS_READ, Scope.CLAIMS_REVIEW)
@gives(claims, 200, ReceiptsShown())
def get_receipt(claim_id: str) -> Response:
    """Show how a claim was decided and its cost attributed: facts, findings, arithmetic, policy, shares."""
    currency = visible_claim(claim_id)["currency"]
    with door().parts.db.autocommit() as conn:
        rows = decisions.receipts(conn, claim_id)
    return jsonify({"claim_id": claim_id, "receipts": [_receipt(row, currency) for row in rows]})


def _receipt(row: dict[str, Any], currency: str) -> dict[str, Any]:
    result = json.loads(row["result"])
    return {
        "decision_id": row["decision_id"],
        "kind": row["kind"],
        "decided_at": moment(row["decided_at"]),
        "policy": {"version": row["policy_version"], "id": row["policy_id"]},
        "outcome": row["outcome"],
        "amount": money(row["amount"], currency),
        "guarantee": result.get("guarantee"),
        "decided_by": result.get("decided_by"),
        "deciding_rule": result.get("deciding_rule"),
        "because": result.get("because"),
        "share_bp": result.get("share_bp"),
        "arithmetic": result.get("arithmetic", []),
        "findings": result.get("findings", []),
        "liability": [{**s, "amount": money(s["amount"], currency)} for s in result.get("shares", [])],
        "unknown": result.get("unknown", []),
        "facts": json.loads(row["facts"]),
    }
