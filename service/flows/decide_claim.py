"""Claims are decided in batches, in one transaction: locked, facts gathered, decided purely, written set-wise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from schemas.vocabulary import Resolution, Stage, Status, WaitingOn
from service.domain import postings
from service.domain.coupon_postings import coupon_granted
from service.domain.decision import Decision, Outcome, decide
from service.domain.facts import Answer, Facts
from service.domain.guarantees import COMPENSATIONS, Guarantee
from service.domain.ids import NewId
from service.domain.money import split
from service.domain.policy import PaidAs, Policy
from service.domain.remedies import remedy_for
from service.domain.sheet import canonical
from service.flows.gather_facts import facts_of
from service.policies.library import Library
from service.store import claims, decisions, ledger, orders, questions, work
from service.store import facts as fact_store
from service.store.database import Connection, Database
from service.store.decisions import Settlement
from service.store.work import WorkItem

log = structlog.get_logger()

DECODING_PAUSE = timedelta(seconds=10)
"""A decoded photo makes its claim due at once; this is for the claim that was linked to it a moment too late."""
ASKING_PAUSE = timedelta(minutes=10)
"""A provider's answer makes its claim due at once; this is for the answer that never comes."""
TRACKING_CONFIRMED = "tracking_confirmed"
_PAUSES = {TRACKING_CONFIRMED: ASKING_PAUSE}
INFO_REQUESTED = "info_requested"
INFO_LAPSED = "info_lapsed"
FINAL = frozenset({Outcome.APPROVED, Outcome.APPROVED_PARTIAL, Outcome.REFUSED})
ENDED = frozenset({Status.APPROVED, Status.APPROVED_PARTIAL, Status.REJECTED, Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class Deciding:
    """What deciding needs beside the database: the policies, the open refund channels, and a maker of ids."""

    library: Library
    channels: frozenset[str]
    default_channel: str
    new_id: NewId


def decide_claims(db: Database, deciding: Deciding, items: Sequence[WorkItem]) -> None:
    """Decide a batch of due claims; those waiting for a photo, or for their buyer's other claim, are put back.

    However much is heard of a claim while it waits, one step looks at it; a deadline behind that look stays.
    """
    with db.transaction() as conn:
        held = work.hold(conn, items)
        locked = claims.lock(conn, [item.subject_id for item in held])
        now, later = _one_a_buyer(locked)
        decided = _settle(conn, deciding, now)
        waiting = {
            claim_id: _PAUSES.get(decision.deciding_rule, DECODING_PAUSE)
            for claim_id, decision in decided.items()
            if decision.outcome is Outcome.WAIT
        }
        again = [item for item in held if item.subject_id in later]
        work.finish(conn, [item for item in held if item not in again and item.subject_id not in waiting])
        work.put_back(conn, again)
        for pause in sorted(set(waiting.values())):
            put_back = [item for item in held if waiting.get(item.subject_id) == pause]
            work.put_back(conn, put_back, pause=pause)
            work.drop_later_twins(conn, put_back, within=pause)
    _tell(decided, {row["claim_id"]: row["request_id"] for row in locked})


def settle(conn: Connection, deciding: Deciding, claim_ids: Sequence[str]) -> dict[str, Decision]:
    """Decide claims and write what follows, in the caller's transaction; return each decision made."""
    return _settle(conn, deciding, claims.lock(conn, claim_ids))


def _settle(conn: Connection, deciding: Deciding, locked: Sequence[dict[str, Any]]) -> dict[str, Decision]:
    lock_for_deciding(conn, locked)
    _give_back_unanswered(conn, deciding, locked)
    days = max(policy.review.buyer_claims_days for policy in deciding.library.policies)
    rows = fact_store.materials(conn, [row["claim_id"] for row in locked], days)
    decided: dict[str, Decision] = {}
    settlements: list[Settlement] = []
    unconfirmed: list[str] = []
    for row in rows:
        facts = facts_of(row)
        policy = deciding.library.by_id(row["policy_id"])
        decision = decide(facts, policy)
        if not _changes(row, decision, facts, policy):
            continue
        decided[row["claim_id"]] = decision
        if decision.outcome is Outcome.WAIT and decision.deciding_rule == TRACKING_CONFIRMED:
            unconfirmed.append(row["order_id"])
        if decision.outcome is not Outcome.WAIT:
            settlements.append(_settlement(row, facts, decision, deciding))
    questions.want(conn, unconfirmed)
    decisions.settle(conn, settlements)
    ledger.post(conn, [_grant(s) for s in settlements if s.refund or s.coupon])
    return decided


def _tell(decided: dict[str, Decision], request_ids: dict[str, str | None]) -> None:
    """Log each decision with the request that opened its claim, once it is on disk."""
    for claim_id, decision in decided.items():
        log.info(
            "claim_decided",
            claim_id=claim_id,
            request_id=request_ids.get(claim_id),
            guarantee=decision.guarantee.value,
            outcome=decision.outcome.value,
            rule=decision.deciding_rule,
            amount=decision.amount,
        )


def lock_for_deciding(conn: Connection, locked: Sequence[dict[str, Any]]) -> None:
    """Keep other decisions off the buyers and orders of locked claims; all lock in this order, or they deadlock."""
    fact_store.lock_buyers(conn, [row["buyer_id"] for row in locked])
    orders.lock(conn, [row["order_id"] for row in locked])


def _one_a_buyer(locked: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], set[str]]:
    """Claims of one buyer see each other's results only one after the other: return the first of each, and the rest."""
    first: dict[str, dict[str, Any]] = {}
    for row in locked:
        first.setdefault(row["buyer_id"], row)
    now = list(first.values())
    return now, {row["claim_id"] for row in locked if first[row["buyer_id"]] is not row}


def _give_back_unanswered(conn: Connection, deciding: Deciding, locked: Sequence[dict[str, Any]]) -> None:
    """A buyer who lets a person's question lapse sends the claim back to a person: silence proves nothing."""
    for row in locked:
        if row["status_detail"] == INFO_REQUESTED and row["response_due_at"] and row["response_due_at"] <= row["now"]:
            hours = deciding.library.by_id(row["policy_id"]).review.mediation_hours
            claims.reopen(conn, row["claim_id"], to_platform(row["stage"], INFO_LAPSED, hours))


def to_platform(stage: str, detail: str, review_hours: int) -> dict[str, Any]:
    """Return the changes that give a claim to a person of the platform, who has `review_hours`."""
    return {
        "status": Status.IN_REVIEW,
        "status_detail": detail,
        "stage": stage,
        "waiting_on": WaitingOn.PLATFORM,
        "response_due_at": None,
        "review_hours": review_hours,
    }


def _changes(row: dict[str, Any], decision: Decision, facts: Facts, policy: Policy) -> bool:
    """Tell whether a decision says anything new.

    A claim that a person asked about waits for its buyer, then for a person, and one under appeal for a person; an
    ended claim moves only by a ruling on its appeal, or by a fault that grows: what it grows by may have to be
    confirmed, what was granted stands.
    """
    asked = row["status_detail"] in (INFO_REQUESTED, INFO_LAPSED)
    appealed = row["status"] == Status.IN_REVIEW and row["stage"] == Stage.APPEAL
    if (asked or appealed) and facts.ruling is None:
        return False
    if row["status"] in ENDED:
        return row["status"] == Status.APPROVED and _worth(decision, facts, policy) > facts.claim.granted
    return decision.outcome in FINAL or (_STATUS[decision.outcome], decision.deciding_rule) != (
        row["status"],
        row["status_detail"],
    )


def _worth(decision: Decision, facts: Facts, policy: Policy) -> int:
    """Return what a compensation comes to, in minor units, also where tracking must be confirmed before it is paid."""
    if decision.guarantee not in COMPENSATIONS:
        return 0
    unconfirmed = decision.deciding_rule == TRACKING_CONFIRMED and decision.outcome not in FINAL
    return remedy_for(facts, policy).amount if unconfirmed else decision.amount


_STATUS = {
    Outcome.APPROVED: Status.APPROVED,
    Outcome.APPROVED_PARTIAL: Status.APPROVED_PARTIAL,
    Outcome.REFUSED: Status.REJECTED,
    Outcome.WAIT: Status.SUBMITTED,
    Outcome.ASK_BUYER: Status.NEEDS_ACTION,
    Outcome.ASK_FARMER: Status.NEEDS_ACTION,
    Outcome.TO_PERSON: Status.IN_REVIEW,
}

_WAITING_ON = {
    Outcome.ASK_BUYER: WaitingOn.BUYER,
    Outcome.ASK_FARMER: WaitingOn.FARMER,
    Outcome.TO_PERSON: WaitingOn.PLATFORM,
}


def _settlement(row: dict[str, Any], facts: Facts, decision: Decision, deciding: Deciding) -> Settlement:
    policy = deciding.library.by_id(row["policy_id"])
    final = decision.outcome in FINAL
    due = max(decision.amount - facts.claim.granted, 0)
    compensates = decision.resolution is Resolution.COMPENSATION and due > 0
    on_the_way = decision.guarantee is Guarantee.LOGISTICS_TROUBLE
    return Settlement(
        decision_id=deciding.new_id("dec"),
        claim_id=row["claim_id"],
        order_id=row["order_id"],
        outcome=decision.outcome,
        policy_id=row["policy_id"],
        facts=canonical(facts),
        result=canonical(decision),
        guarantee=decision.guarantee,
        status=_stands_as(facts, decision),
        status_detail=decision.deciding_rule,
        stage=_stage(row, facts, decision),
        waiting_on=_WAITING_ON.get(decision.outcome, WaitingOn.NONE),
        resolution=decision.resolution,
        granted=decision.amount,
        asks_buyer=decision.outcome is Outcome.ASK_BUYER,
        asks_farmer=decision.outcome is Outcome.ASK_FARMER,
        response_due_at=decision.response_due_at,
        review_hours=policy.review.mediation_hours if decision.outcome is Outcome.TO_PERSON else None,
        final=final,
        attributes=final and max(decision.amount, facts.claim.granted) > 0,
        compensates=compensates and not on_the_way,
        subsidises=compensates and on_the_way,
        grants=() if decision.resolution is Resolution.COMPENSATION else _grants(row["lines"], due),
        refund=_refund(row, decision, due, deciding) if due and decision.paid_as is PaidAs.CASH else None,
        coupon=_coupon(row, decision, due, policy, deciding) if due and decision.paid_as is PaidAs.COUPON else None,
    )


def _stands_as(facts: Facts, decision: Decision) -> Status:
    """What was granted stands: where the rules refuse more of it, the claim is again as approved as it was."""
    stands = decision.outcome is Outcome.REFUSED and facts.ruling is None and facts.claim.granted > 0
    return Status.APPROVED if stands else _STATUS[decision.outcome]


def _stage(row: dict[str, Any], facts: Facts, decision: Decision) -> str:
    """Who calls the platform in, or is contested, is in mediation; an appeal stays one."""
    mediates = decision.outcome is Outcome.TO_PERSON and (facts.escalated or facts.farmer.answer is Answer.CONTEST)
    return Stage.MEDIATION if mediates and row["stage"] == Stage.CLAIM else row["stage"]


def _grants(lines: list[dict[str, Any]], due: int) -> tuple[tuple[str, int], ...]:
    """Spread a grant over the claim's lines in proportion to what is left of each."""
    if not due:
        return ()
    parts = split(due, [line["left"] for line in lines])
    return tuple((line["line_id"], part) for line, part in zip(lines, parts, strict=True) if part)


def _refund(row: dict[str, Any], decision: Decision, due: int, deciding: Deciding) -> dict[str, Any]:
    paid_through = row["payment_channel"]
    return {
        "refund_id": deciding.new_id("rfd"),
        "purpose": "compensation" if decision.resolution is Resolution.COMPENSATION else "refund",
        "amount": due,
        "currency": row["currency"],
        "payee": row["buyer_id"],
        "transaction_id": row["transaction_id"] or None,
        "channel": paid_through if paid_through in deciding.channels else deciding.default_channel,
    }


def _coupon(row: dict[str, Any], decision: Decision, due: int, policy: Policy, deciding: Deciding) -> dict[str, Any]:
    """A coupon is the buyer's at once: no bank is asked, and no later decision takes it back."""
    return {
        "coupon_id": deciding.new_id("cpn"),
        "buyer_id": row["buyer_id"],
        "amount": due,
        "currency": row["currency"],
        "because": f"{decision.guarantee.name_zh}: {'; '.join(decision.arithmetic)}",
        "valid_days": policy.coupons.valid_days,
    }


def _grant(settlement: Settlement) -> postings.Journal:
    order_id, claim_id = settlement.order_id, settlement.claim_id
    if coupon := settlement.coupon:
        return coupon_granted(coupon["coupon_id"], coupon["currency"], coupon["amount"], order_id, claim_id)
    refund = settlement.refund or {}
    return postings.grant(refund["refund_id"], refund["currency"], refund["amount"], order_id, claim_id)
