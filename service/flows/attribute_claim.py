"""The liability clock: who bears what the buyer was granted; a better-informed answer replaces an earlier one."""

from collections.abc import Sequence
from typing import Any

import structlog

from schemas.vocabulary import Party
from service.domain import postings
from service.domain.actions import OPEN
from service.domain.liability import Attribution, Share
from service.domain.postings import Journal
from service.domain.sheet import canonical, plain
from service.flows.decide_claim import ASKING_PAUSE, Deciding
from service.flows.follow_charges import Recharged, follow_charges
from service.flows.weigh_words import Weighed, terms, weigh
from service.store import claims, coupons, decisions, ledger, orders, questions, work
from service.store import facts as fact_store
from service.store.database import Connection, Database
from service.store.decisions import Attributed
from service.store.work import WorkItem

log = structlog.get_logger()


def attribute_claims(db: Database, deciding: Deciding, items: Sequence[WorkItem]) -> None:
    """Share out the cost of a batch of granted claims and charge the parties; one that waits is looked at again."""
    with db.transaction() as conn:
        held = work.hold(conn, items)
        locked = claims.lock(conn, [item.subject_id for item in held])
        attributed, weighed = _share_out(conn, deciding, locked)
        put_back = [item for item in held if item.subject_id in weighed and weighed[item.subject_id].waits]
        work.finish(conn, [item for item in held if item not in put_back])
        work.put_back(conn, put_back, pause=ASKING_PAUSE)
        work.drop_later_twins(conn, put_back, within=ASKING_PAUSE)
    requests = {row["claim_id"]: row["request_id"] for row in locked}
    for claim_id, one in weighed.items():
        if one.unconfirmed:
            order_id = one.facts.order.order_id
            log.info("charge_unconfirmed", claim_id=claim_id, request_id=requests[claim_id], order_id=order_id)
    for new in attributed:
        log.info(
            "claim_attributed",
            claim_id=new.claim_id,
            request_id=requests[new.claim_id],
            order_id=new.order_id,
            amount=new.amount,
            charges={f"{charge['party']} {charge['party_id']}": charge["amount"] for charge in new.charges},
        )


def _share_out(
    conn: Connection, deciding: Deciding, locked: Sequence[dict[str, Any]]
) -> tuple[list[Attributed], dict[str, Weighed]]:
    """Attribute locked claims anew, and return what is new and how far the words about each claim were believed.

    Where the shares come out as they stand, nothing is written.

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
    believed: dict[str, Weighed] = {}
    for row in fact_store.materials(
        conn, [r["claim_id"] for r in locked if r["granted"] and r["status"] not in OPEN], 1
    ):
        charged = standing[row["claim_id"]]
        stand = [_share(charge) for charge in charged]
        granted = row["granted"] - expired.get(row["claim_id"], 0)
        weighed = weigh(row, deciding.library.by_id(row["policy_id"]), granted, stand)
        believed[row["claim_id"]] = weighed
        if weighed.waits or terms(weighed.shared.shares) == terms(stand):
            continue
        facts, shared = weighed.facts, weighed.shared
        new = _attributed(row, canonical(facts), shared, charged, deciding)
        attributed.append(new)
        journals += _journals(row, new, shared, charged, released[row["order_id"]])
        recharged.append(Recharged(row["claim_id"], row["order_id"], facts.parcel, facts.as_of))
    questions.want(conn, [weighed.facts.order.order_id for weighed in believed.values() if weighed.asks])
    decisions.attribute(conn, attributed)
    ledger.post(conn, journals + follow_charges(conn, deciding.library, recharged))
    return attributed, believed


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
