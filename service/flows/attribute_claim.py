"""The liability clock: who bears what the buyer was granted; a better-informed answer replaces an earlier one."""

from collections.abc import Sequence
from typing import Any

import structlog

from schemas.vocabulary import Party
from service.domain import postings
from service.domain.actions import OPEN
from service.domain.confirmation import may_confirm
from service.domain.facts import Facts
from service.domain.liability import Attribution, Share, attribute, moved
from service.domain.policy import Policy
from service.domain.postings import Journal
from service.domain.sheet import canonical, plain
from service.flows.decide_claim import Deciding
from service.flows.follow_charges import Recharged, follow_charges
from service.flows.gather_facts import facts_of
from service.store import claims, coupons, decisions, ledger, orders, questions, work
from service.store import facts as fact_store
from service.store.database import Connection, Database
from service.store.decisions import Attributed
from service.store.work import WorkItem

log = structlog.get_logger()


def attribute_claims(db: Database, deciding: Deciding, items: Sequence[WorkItem]) -> None:
    """Share out the cost of a batch of granted claims and charge the parties."""
    with db.transaction() as conn:
        held = work.finish(conn, items)
        locked = claims.lock(conn, [item.subject_id for item in held])
        attributed = _share_out(conn, deciding, locked)
    requests = {row["claim_id"]: row["request_id"] for row in locked}
    for new in attributed:
        log.info(
            "claim_attributed",
            claim_id=new.claim_id,
            request_id=requests[new.claim_id],
            order_id=new.order_id,
            amount=new.amount,
            charges={f"{charge['party']} {charge['party_id']}": charge["amount"] for charge in new.charges},
        )


def _share_out(conn: Connection, deciding: Deciding, locked: Sequence[dict[str, Any]]) -> list[Attributed]:
    """Attribute locked claims anew and return what is new; where the shares come out as they stand, nothing is written.

    A claim under appeal keeps its shares until it is ruled: its last ruling no longer counts, the next is not known.
    A coupon that expired cost nobody anything: what is shared out is so much less than what was granted.
    """
    claim_ids = [row["claim_id"] for row in locked]
    released = {
        row["order_id"]: row["released_at"] is not None for row in orders.lock(conn, [r["order_id"] for r in locked])
    }
    standing = decisions.attribution_of(conn, claim_ids)
    expired = coupons.expired_of(conn, claim_ids)
    attributed: list[Attributed] = []
    journals: list[Journal] = []
    recharged: list[Recharged] = []
    unconfirmed: list[str] = []
    for row in fact_store.materials(
        conn, [r["claim_id"] for r in locked if r["granted"] and r["status"] not in OPEN], 1
    ):
        facts, policy = facts_of(row), deciding.library.by_id(row["policy_id"])
        shared = attribute(facts, policy, row["granted"] - expired.get(row["claim_id"], 0))
        charged = standing[row["claim_id"]]
        stand = [_share(charge) for charge in charged]
        if _terms(shared.shares) == _terms(stand):
            continue
        if _moved_by_weak_words(row, facts, policy, stand, shared):
            unconfirmed += [row["order_id"]] if may_confirm(facts.query) else []
            continue
        new = _attributed(row, canonical(facts), shared, charged, deciding)
        attributed.append(new)
        journals += _journals(row, new, shared, charged, released[row["order_id"]])
        recharged.append(Recharged(row["claim_id"], row["order_id"], facts.parcel, facts.as_of))
    questions.want(conn, unconfirmed)
    decisions.attribute(conn, attributed)
    ledger.post(conn, journals + follow_charges(conn, deciding.library, recharged))
    return attributed


def _moved_by_weak_words(
    row: dict[str, Any], facts: Facts, policy: Policy, stand: Sequence[Share], shared: Attribution
) -> bool:
    """Whether shares that stand would move by more than weak words may, and all confirmed words leave them alone."""
    limit = policy.carriers.weak_amount_above
    if not stand or limit is None or moved(stand, shared.shares) <= limit:
        return False
    if not any(telling.weak for telling in facts.tellings):
        return False
    confirmed = facts_of({**row, "scans": [scan for scan in row["scans"] if not scan["weak"]]})
    return _terms(attribute(confirmed, policy, shared.amount).shares) == _terms(stand)


def _attributed(
    row: dict[str, Any], facts: str, shared: Attribution, charged: list[dict[str, Any]], deciding: Deciding
) -> Attributed:
    return Attributed(
        decision_id=deciding.new_id("dec"),
        claim_id=row["claim_id"],
        order_id=row["order_id"],
        policy_id=row["policy_id"],
        amount=shared.amount,
        currency=row["currency"],
        facts=facts,
        result=canonical(shared),
        reversed_charges=tuple(charge["charge_id"] for charge in charged),
        charges=tuple(plain(share) for share in shared.shares),
    )


def _journals(
    row: dict[str, Any], new: Attributed, shared: Attribution, charged: list[dict[str, Any]], released: bool
) -> list[Journal]:
    order_id, claim_id, currency = row["order_id"], row["claim_id"], row["currency"]
    taken_back = [
        postings.charge_reversed(charge["charge_id"], currency, _share(charge), order_id, claim_id, released)
        for charge in charged
        if charge["amount"]
    ]
    return taken_back + postings.charges(new.decision_id, currency, shared.shares, order_id, claim_id, released)


def _share(charge: dict[str, Any]) -> Share:
    return Share(Party(charge["party"]), charge["party_id"], charge["share_bp"], charge["amount"], charge["because"])


def _terms(shares: Sequence[Share]) -> list[tuple[Party, str, int, int]]:
    """What a new attribution must change to be worth writing; a sentence alone is not."""
    return [(share.party, share.party_id, share.share_bp, share.amount) for share in shares]
