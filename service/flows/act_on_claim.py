"""What people do with a claim: add photos, answer, call the platform in, rule, appeal, cancel."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from schemas.vocabulary import Action, Party, Stage, Status, WaitingOn
from service.domain.actions import Available, Standing, available_actions
from service.domain.facts import Facts
from service.domain.guarantees import COMPENSATIONS, Guarantee, guarantee_of
from service.domain.money import share_of
from service.domain.remedies import most_compensation, remedy_for
from service.domain.sheet import plain
from service.flows.answer_once import Answered, Refusal, Request, answer_once
from service.flows.decide_claim import INFO_REQUESTED, Deciding, lock_for_deciding, settle, to_platform
from service.flows.gather_facts import facts_of
from service.queues import Kind
from service.store import claims, evidence, work
from service.store import facts as fact_store
from service.store.database import Connection, Database

NOBODY_ASKED: dict[str, Any] = {"waiting_on": WaitingOn.NONE, "response_due_at": None}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, for which party; `name` stands on the receipt of a ruling."""

    client_id: str
    party: Party
    name: str


@dataclass(frozen=True, slots=True)
class Move:
    """An action on a claim, at the version the actor saw (None: whatever it is), with what it carries.

    `amount` (minor units) or `share_bp` belong to approve, `answer` (agree, contest) to respond.
    """

    action: Action
    version: int | None = None
    reason: str = ""
    amount: int | None = None
    share_bp: int | None = None
    answer: str | None = None
    evidence_ids: tuple[str, ...] = field(default=())


def act_on_claim(
    db: Database, deciding: Deciding, request: Request, actor: Actor, claim_id: str, move: Move
) -> Answered | Refusal:
    """Take an action once; the answer is the claim as it stands after it, or why it was not taken."""
    return answer_once(db, request, lambda conn: _act(conn, deciding, actor, claim_id, move))


def actions_of(row: dict[str, Any], deciding: Deciding, now: datetime) -> tuple[Available, ...]:
    """Return what can be done with a claim's row at `now`."""
    policy = deciding.library.by_id(row["policy_id"])
    standing = Standing(
        status=Status(row["status"]),
        stage=Stage(row["stage"]),
        waiting_on=WaitingOn(row["waiting_on"]),
        granted=row["granted"],
        decided_at=row["decided_at"],
        response_due_at=row["response_due_at"],
        review_due_at=row["review_due_at"],
        appealed_by=frozenset(Party(party) for party in row["appealed_by"]),
    )
    return available_actions(standing, timedelta(days=policy.appeal.window_days), now)


def _act(conn: Connection, deciding: Deciding, actor: Actor, claim_id: str, move: Move) -> Answered | Refusal:
    locked = claims.lock(conn, [claim_id])
    if not locked:
        return Refusal("claim_unknown", f"no claim {claim_id} here: check the id")
    row = locked[0]
    if move.version is not None and move.version != row["version"]:
        return Refusal(
            "version_stale",
            f"the claim is at version {row['version']}, not {move.version}: read it again, then decide again",
            "If-Match",
        )
    offered = {(a.action, a.by) for a in actions_of(row, deciding, row["now"])}
    if (move.action, actor.party) not in offered:
        return Refusal(
            "action_not_available",
            f"{move.action} is not open to the {actor.party} while the claim is {row['status']}: see available_actions",
        )
    refusal = _ACTS[move.action](conn, deciding, actor, row, move)
    if refusal:
        return refusal
    after = claims.find(conn, claim_id)
    return Answered(200, plain(after))


def _add_evidence(
    conn: Connection, deciding: Deciding, actor: Actor, row: dict[str, Any], move: Move
) -> Refusal | None:
    own = evidence.owned(conn, actor.client_id, move.evidence_ids)
    if missing := set(move.evidence_ids) - own:
        return Refusal(
            "evidence_unknown",
            f"no photo {', '.join(sorted(missing))} of this client: upload it first",
            "evidence",
        )
    claims.link_evidence(conn, row["claim_id"], move.evidence_ids)
    asked_for = row["status"] == Status.NEEDS_ACTION and row["waiting_on"] == WaitingOn.BUYER
    if not asked_for:
        claims.reopen(conn, row["claim_id"], {})
    elif row["stage"] == Stage.CLAIM:
        changes = {"status": Status.SUBMITTED, "status_detail": "received"}
        claims.reopen(conn, row["claim_id"], changes | NOBODY_ASKED)
        work.add(conn, Kind.DECIDE_CLAIM, [row["claim_id"]])
    else:
        return _to_platform(conn, deciding, row, row["stage"], "info_given")
    return None


def _respond(conn: Connection, deciding: Deciding, actor: Actor, row: dict[str, Any], move: Move) -> Refusal | None:
    claims.reopen(conn, row["claim_id"], {"answer": move.answer, "answer_note": move.reason})
    settle(conn, deciding, [row["claim_id"]])
    return None


def _escalate(conn: Connection, deciding: Deciding, actor: Actor, row: dict[str, Any], move: Move) -> Refusal | None:
    return _to_platform(conn, deciding, row, Stage.MEDIATION, "called_in", {"escalated": True, "ruling": None})


def _appeal(conn: Connection, deciding: Deciding, actor: Actor, row: dict[str, Any], move: Move) -> Refusal | None:
    return _to_platform(conn, deciding, row, Stage.APPEAL, "appealed", {"appealed_by": actor.party, "ruling": None})


def _request_info(
    conn: Connection, deciding: Deciding, actor: Actor, row: dict[str, Any], move: Move
) -> Refusal | None:
    """The buyer has as long as for photos that the policy asks for; then the claim is a person's again."""
    hours = deciding.library.by_id(row["policy_id"]).review.buyer_response_hours
    changes = {
        "status": Status.NEEDS_ACTION,
        "status_detail": INFO_REQUESTED,
        "waiting_on": WaitingOn.BUYER,
        "response_hours": hours,
    }
    claims.reopen(conn, row["claim_id"], changes)
    work.add(conn, Kind.DECIDE_CLAIM, [row["claim_id"]], pause=timedelta(hours=hours))
    return None


def _cancel(conn: Connection, deciding: Deciding, actor: Actor, row: dict[str, Any], move: Move) -> Refusal | None:
    changes = {"status": Status.CANCELLED, "status_detail": "cancelled"}
    claims.reopen(conn, row["claim_id"], changes | NOBODY_ASKED)
    return None


def _approve(conn: Connection, deciding: Deciding, actor: Actor, row: dict[str, Any], move: Move) -> Refusal | None:
    lock_for_deciding(conn, [row])
    facts = facts_of(fact_store.materials(conn, [row["claim_id"]], 1)[0])
    policy = deciding.library.by_id(row["policy_id"])
    if guarantee_of(facts, policy) in COMPENSATIONS:
        return _approve_compensation(conn, deciding, actor, row, move, facts)
    amount = row["requested_amount"]
    if move.share_bp is not None:
        amount = share_of(facts.line_total, move.share_bp)
    if move.amount is not None:
        amount = move.amount
    if amount > facts.left:
        return Refusal(
            "amount_above_left", f"{amount} is above the {facts.left} left of the line: grant at most that", "amount"
        )
    return _grant(conn, deciding, actor, row, amount, move.reason)


def _approve_compensation(
    conn: Connection, deciding: Deciding, actor: Actor, row: dict[str, Any], move: Move, facts: Facts
) -> Refusal | None:
    """Without an amount the policy's own figure is granted; an order is compensated once."""
    policy = deciding.library.by_id(row["policy_id"])
    guarantee = guarantee_of(facts, policy)
    most = most_compensation(guarantee, policy)
    amount = remedy_for(facts, policy).amount if move.amount is None else move.amount
    if move.share_bp is not None:
        return Refusal("share_of_compensation", "a compensation has no share of a line: name an amount", "share_bp")
    earlier = (facts.order.compensated_by, facts.order.compensated)
    if guarantee is Guarantee.LOGISTICS_TROUBLE:
        earlier = (facts.order.subsidised_by, facts.order.subsidised)
    if earlier[0]:
        said = f"{earlier[0]} was granted {earlier[1]} for this order: rule on that claim"
        return Refusal("already_compensated", said)
    if amount > most:
        return Refusal("amount_above_most", f"{amount} is above the most of {most}: grant at most that", "amount")
    return _grant(conn, deciding, actor, row, amount, move.reason)


def _grant(
    conn: Connection, deciding: Deciding, actor: Actor, row: dict[str, Any], amount: int, reason: str
) -> Refusal | None:
    if amount == 0 and row["stage"] != Stage.APPEAL:
        return Refusal("amount_zero", "an approval grants something: name an amount, or reject the claim", "amount")
    return _rule(conn, deciding, actor, row, amount, reason)


def _reject(conn: Connection, deciding: Deciding, actor: Actor, row: dict[str, Any], move: Move) -> Refusal | None:
    """Rejecting an appeal leaves what was granted as it stands."""
    return _rule(conn, deciding, actor, row, row["granted"], move.reason)


def _rule(
    conn: Connection, deciding: Deciding, actor: Actor, row: dict[str, Any], amount: int, reason: str
) -> Refusal | None:
    claims.reopen(conn, row["claim_id"], {"ruling": {"by": actor.name, "amount": amount, "reason": reason}})
    settle(conn, deciding, [row["claim_id"]])
    return None


def _to_platform(
    conn: Connection,
    deciding: Deciding,
    row: dict[str, Any],
    stage: str,
    detail: str,
    more: dict[str, Any] | None = None,
) -> Refusal | None:
    other = claims.rival(conn, row["claim_id"]) if row["status"] == Status.REJECTED else None
    if other:
        return Refusal("claim_exists", f"{other} claims the same by now: add to that claim, or appeal it", "cause")
    hours = deciding.library.by_id(row["policy_id"]).review.mediation_hours
    claims.reopen(conn, row["claim_id"], to_platform(stage, detail, hours) | (more or {}))
    return None


Act = Callable[[Connection, Deciding, Actor, dict[str, Any], Move], Refusal | None]

_ACTS: dict[Action, Act] = {
    Action.EVIDENCE: _add_evidence,
    Action.RESPOND: _respond,
    Action.ESCALATE: _escalate,
    Action.APPEAL: _appeal,
    Action.REQUEST_INFO: _request_info,
    Action.CANCEL: _cancel,
    Action.APPROVE: _approve,
    Action.REJECT: _reject,
}
