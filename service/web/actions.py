"""What people do with a claim: one route an action, all through the same door."""

from typing import Any

from flask import Response

from schemas.actions import Approval, EvidenceAdded, InfoRequest, MaybeReason, Reason
from schemas.actions import Response as FarmersAnswer
from schemas.claims import ClaimShown
from schemas.vocabulary import Action, Party, Scope
from service.flows.act_on_claim import Actor, Move, act_on_claim
from service.queues import Kind
from service.web import once
from service.web.access import caller, needs
from service.web.claim_sheet import kept_claim
from service.web.claims import claims, visible_claim
from service.web.door import door
from service.web.problems import unfit
from service.web.routes import IDEMPOTENCY_KEY, IF_MATCH, describes, gives, route, takes
from service.web.versions import seen_version

KEYED = describes(claims, parameters=[IDEMPOTENCY_KEY, IF_MATCH])
SHOWS_CLAIM = gives(claims, 200, ClaimShown())

MADE_DUE = (Kind.DECIDE_CLAIM, Kind.REFUND_BUYER, Kind.ATTRIBUTE_CLAIM)


@route(claims, "POST", "/claims/<claim_id>/evidence")
@needs(Scope.CLAIMS_WRITE)
@takes(claims, EvidenceAdded())
@SHOWS_CLAIM
@KEYED
def add_evidence(asked: dict[str, Any], claim_id: str) -> Response:
    """Add uploaded photos to a claim; if it waited for them, it is decided again."""
    return _act(claim_id, _buyer_or_farmer(), Action.EVIDENCE, evidence_ids=tuple(asked["evidence"]))


@route(claims, "POST", "/claims/<claim_id>/respond")
@needs(Scope.CLAIMS_RESPOND)
@takes(claims, FarmersAnswer())
@SHOWS_CLAIM
@KEYED
def respond(asked: dict[str, Any], claim_id: str) -> Response:
    """Answer for the farmer: agree, or contest and let a person decide."""
    return _act(claim_id, _buyer_or_farmer(), Action.RESPOND, answer=asked["answer"], reason=asked["note"] or "")


@route(claims, "POST", "/claims/<claim_id>/escalate")
@needs(Scope.CLAIMS_WRITE)
@takes(claims, MaybeReason())
@SHOWS_CLAIM
@KEYED
def escalate(asked: dict[str, Any], claim_id: str) -> Response:
    """Call the platform in for the buyer."""
    return _act(claim_id, _buyer_or_farmer(), Action.ESCALATE, reason=asked["reason"] or "")


@route(claims, "POST", "/claims/<claim_id>/approve")
@needs(Scope.CLAIMS_REVIEW)
@takes(claims, Approval())
@SHOWS_CLAIM
@KEYED
def approve(asked: dict[str, Any], claim_id: str) -> Response:
    """Grant an amount or a share of the line, as a person; with neither, what was asked for."""
    amount = asked["amount"]
    if amount is not None:
        currency = visible_claim(claim_id)["currency"]
        if amount["currency"] != currency:
            raise unfit("amount.currency", f"{amount['currency']}, the claim is in {currency}: give {currency}")
    return _act(
        claim_id,
        Party.PLATFORM,
        Action.APPROVE,
        amount=amount["amount"] if amount else None,
        share_bp=asked["share_bp"],
        reason=asked["reason"],
    )


@route(claims, "POST", "/claims/<claim_id>/reject")
@needs(Scope.CLAIMS_REVIEW)
@takes(claims, Reason())
@SHOWS_CLAIM
@KEYED
def reject(asked: dict[str, Any], claim_id: str) -> Response:
    """Reject a claim, as a person; on an appeal, what was granted stays."""
    return _act(claim_id, Party.PLATFORM, Action.REJECT, reason=asked["reason"])


@route(claims, "POST", "/claims/<claim_id>/request-info")
@needs(Scope.CLAIMS_REVIEW)
@takes(claims, InfoRequest())
@SHOWS_CLAIM
@KEYED
def request_info(asked: dict[str, Any], claim_id: str) -> Response:
    """Ask the buyer for something more."""
    return _act(claim_id, Party.PLATFORM, Action.REQUEST_INFO, reason=asked["message"])


@route(claims, "POST", "/claims/<claim_id>/appeal")
@needs(Scope.CLAIMS_WRITE, Scope.CLAIMS_RESPOND)
@takes(claims, Reason())
@SHOWS_CLAIM
@KEYED
def appeal(asked: dict[str, Any], claim_id: str) -> Response:
    """Contest a decision, once, within the window that the claim's actions name."""
    return _act(claim_id, _buyer_or_farmer(), Action.APPEAL, reason=asked["reason"])


@route(claims, "POST", "/claims/<claim_id>/cancel")
@needs(Scope.CLAIMS_WRITE)
@takes(claims, MaybeReason())
@SHOWS_CLAIM
@KEYED
def cancel(asked: dict[str, Any], claim_id: str) -> Response:
    """Take a claim back while nothing is granted."""
    return _act(claim_id, _buyer_or_farmer(), Action.CANCEL, reason=asked["reason"] or "")


def _act(claim_id: str, party: Party, action: Action, **carried: Any) -> Response:
    asked = once.asked()
    visible_claim(claim_id)
    client, parts = caller(), door().parts
    actor = Actor(client.client_id, party, client.name)
    move = Move(action, version=seen_version("claim"), **carried)
    answered = once.given(act_on_claim(parts.db, parts.deciding, asked, actor, claim_id, move))
    door().nudge(MADE_DUE)
    return kept_claim(answered, parts.deciding)


def _buyer_or_farmer() -> Party:
    """A farmer's token speaks for its farmer, an app for its buyers."""
    return Party.FARMER if caller().farmer_id is not None else Party.BUYER
