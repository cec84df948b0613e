"""Claims: opened, shown, listed."""

from typing import Any

from flask import Response, g, jsonify, request

from schemas.claims import MOST_PHOTOS, ClaimAsked, ClaimsAsked, ClaimShown, ClaimsShown
from schemas.vocabulary import Scope
from service.evidence.limits import MAX_PHOTO_BYTES
from service.flows.answer_once import Answered, Request
from service.flows.open_claim import open_claim
from service.queues import Kind
from service.store import claims as claim_store
from service.store.intake import Intake
from service.web import once
from service.web.access import caller, needs, sees_claim
from service.web.claim_forms import claim_of_form
from service.web.claim_sheet import claim_sheet, kept_claim
from service.web.documents import document_of, load
from service.web.door import door, now
from service.web.pages import page
from service.web.problems import not_found
from service.web.routes import IDEMPOTENCY_KEY, JSON_BYTES, at_most, describes, gives, noun, route, takes
from service.web.versions import etag

claims = noun("claims", "Claims, what people do with them, and how they were decided.")

CLAIM = ClaimAsked()

_FORM = {
    "type": "object",
    "required": ["claim"],
    "properties": {
        "claim": {"type": "string", "description": "the JSON of the claim"},
        "evidence": {
            "type": "array",
            "maxItems": MOST_PHOTOS,
            "items": {"type": "string", "format": "binary"},
        },
    },
}


@route(claims, "POST", "/claims")
@needs(Scope.CLAIMS_WRITE)
@at_most(MOST_PHOTOS * MAX_PHOTO_BYTES + JSON_BYTES)
@gives(claims, 201, ClaimShown())
@describes(
    claims,
    parameters=[IDEMPOTENCY_KEY],
    requestBody={
        "required": True,
        "content": {"application/json": {"schema": CLAIM}, "multipart/form-data": {"schema": _FORM}},
    },
)
def post_claim() -> Response:
    """Open a claim for a buyer.

    201 means on disk; the decision follows within seconds, see `status`. With multipart the JSON is the part
    `claim` and the photos of the goods are the parts `evidence`.
    """
    if request.mimetype == "multipart/form-data":
        answered = claim_of_form(CLAIM, _open)
    else:
        request.max_content_length = JSON_BYTES
        answered = _open(load(CLAIM, document_of(request)), once.asked())
    door().nudge((Kind.DECIDE_CLAIM,))
    shown = kept_claim(answered, door().parts.deciding)
    shown.headers["Location"] = f"/v1/claims/{answered.body['claim_id']}"
    return shown


@route(claims, "GET", "/claims/<claim_id>")
@needs(Scope.CLAIMS_READ, Scope.CLAIMS_REVIEW)
@gives(claims, 200, ClaimShown())
def get_claim(claim_id: str) -> Response:
    """Show a claim as it stands; with If-None-Match, 304 while its version is the same."""
    row = visible_claim(claim_id)
    unchanged = request.if_none_match.contains_weak(str(row["version"]))
    shown = Response(status=304) if unchanged else jsonify(claim_sheet(row, door().parts.deciding, now()))
    shown.headers["ETag"] = etag(row["version"])
    shown.headers["Cache-Control"] = "private, no-cache"
    return shown


@route(claims, "GET", "/claims")
@needs(Scope.CLAIMS_READ, Scope.CLAIMS_REVIEW)
@takes(claims, ClaimsAsked(), where="query")
@gives(claims, 200, ClaimsShown())
def list_claims(asked: dict[str, Any]) -> Response:
    """List the claims that this client may see, newest first."""
    client, deciding = caller(), door().parts.deciding
    if client.farmer_id is not None and asked["farmer_id"] not in (None, client.farmer_id):
        return page([], asked["limit"], "claim_id", dict)
    sees_all = client.farmer_id is not None or Scope.CLAIMS_REVIEW in client.scopes
    wanted = {
        "order_id": asked["order_id"],
        "farmer_id": client.farmer_id or asked["farmer_id"],
        "status": asked["status"],
        "waiting_on": asked["waiting_on"],
        "visible_to": None if sees_all else client.client_id,
    }
    with door().parts.db.transaction() as conn:
        rows = claim_store.search(conn, wanted, asked["cursor"], asked["limit"] + 1)
    at = now()
    return page(rows, asked["limit"], "claim_id", lambda row: claim_sheet(row, deciding, at))


def visible_claim(claim_id: str) -> dict[str, Any]:
    """Return a claim's row; raises Problem 404 if it is not there or not for this client."""
    with door().parts.db.autocommit() as conn:
        row = claim_store.find(conn, claim_id)
    if row is None or not sees_claim(caller(), row):
        raise not_found(f"claim {claim_id}")
    return row


def _open(asked: dict[str, Any], request_: Request) -> Answered:
    parts, affected = door().parts, asked["affected"]
    intake = Intake(
        claim_id=parts.deciding.new_id("clm"),
        client_id=request_.client_id,
        order_id=asked["order_id"],
        line_id=asked["line_id"],
        cause=asked["cause"],
        affected=affected,
        asked_bp=affected.get("share_bp"),
        quantity=affected.get("quantity"),
        requested_resolution=asked["requested_resolution"],
        note=asked["note"],
        evidence_ids=tuple(asked["evidence"]),
        key=request_.key,
        request_sha256=request_.sha256,
        request_id=g.request_id,
    )
    return once.given(open_claim(parts.db, intake))
