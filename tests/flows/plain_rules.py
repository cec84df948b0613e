"""What the policy of 2026-01-01 says to a claim, rule after rule as docs/guarantees.md lists them."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from tests.flows.plain_claims import Claim, Order, half_up

if TYPE_CHECKING:
    from tests.flows.plain_market import Market

NEVER_CAME = ("not_shipped", "late", "lost")
BY_PICTURE = ("rotten", "damaged", "short", "wrong_item")


@dataclass(frozen=True)
class Verdict:
    """What becomes of a claim and which rule said so; `amount` is granted, 0 refuses."""

    status: str
    rule: str
    waiting_on: str = "none"
    amount: int = 0

    @property
    def final(self) -> bool:
        """Whether it ends the claim."""
        return self.status == "ended"


def guarantee_of(market: "Market", claim: Claim) -> str:
    """The first guarantee that fits."""
    if claim.compensation:
        return "shipping_deadline"
    if claim.cause == "cheaper_elsewhere":
        return "by_person"
    if claim.cause in NEVER_CAME or market.orders[claim.order_id].refused is not None:
        return "express_refund"
    return "rotten_guaranteed" if claim.cause in BY_PICTURE else "refund_only"


def decide(market: "Market", claim: Claim) -> Verdict:
    """The first rule that is not met decides; all met, the claim is granted."""
    order, guarantee = market.orders[claim.order_id], guarantee_of(market, claim)
    never_came = not claim.compensation and claim.cause in ("lost", "not_shipped")
    if order.status == "cancelled" or (never_came and order.delivered is not None):
        return _person("facts_agree")
    if guarantee == "by_person":
        return _refused("something_left") if market.left(claim) == 0 else _person("needs_a_person")
    if claim.called_in or claim.stage == "appeal":
        return _person("called_in")
    if guarantee == "shipping_deadline":
        return _missed_deadline(market, claim, order)
    if guarantee == "express_refund":
        return _express(market, claim, order)
    return _received(market, claim, order, guarantee)


def compensation(market: "Market", order: Order) -> int:
    """3 CNY up to 300 CNY, else 1 %, at most 30 CNY; severe: 10 %, 5 to 100 CNY."""
    out = order.status == "out_of_stock" and order.picked_up is None
    if out or market.sent_at(order) > order.severe_at:
        return min(max(half_up(Fraction(order.total, 10)), 500), 10_000)
    return 300 if order.total <= 30_000 else min(half_up(Fraction(order.total, 100)), 3_000)


def refund(market: "Market", claim: Claim) -> int:
    """The share of goods and of freight, never above what is left; rotten shares go to the next step up."""
    order, share = market.orders[claim.order_id], claim.asked_bp
    if guarantee_of(market, claim) == "rotten_guaranteed":
        share = 1000 if share <= 1000 else 3000 if share <= 3000 else 10_000
    paid = sum(order.paid[n] for n in claim.lines(order))
    freight = sum(order.freight[n] for n in claim.lines(order))
    both = half_up(Fraction(paid * share, 10_000)) + half_up(Fraction(freight * share, 10_000))
    return min(both, market.left(claim))


def _received(market: "Market", claim: Claim, order: Order, guarantee: str) -> Verdict:
    amount = refund(market, claim)
    if order.delivered is None:
        return _person("within_window")
    if claim.opened_at - order.delivered > 24:
        return _refused("within_window")
    if nothing := _nothing(market, claim, amount):
        return nothing
    if claim.photos < (1 if amount <= 10_000 else 2):
        over = claim.asked_buyer_at is not None and market.now >= claim.asked_buyer_at + 48
        return _refused("enough_photos") if over else Verdict("needs_action", "enough_photos", "buyer")
    if _many_claims(market, claim):
        return _person("usual_buyer")
    if guarantee == "refund_only" and (asked := _farmer(market, claim, "farmer_answered")):
        return asked
    return _person("amount_within_limit") if amount > 20_000 else Verdict("ended", "amount_within_limit", amount=amount)


def _express(market: "Market", claim: Claim, order: Order) -> Verdict:
    amount = refund(market, claim)
    if nothing := _nothing(market, claim, amount):
        return nothing
    if order.picked_up is not None and order.refused is None:
        if order.delivered is not None:
            return _person("undelivered")
        if market.now - order.picked_up <= 72:
            return _refused("undelivered") if claim.cause == "not_shipped" else _person("undelivered")
    if order.picked_up is None and order.status != "out_of_stock":
        free = claim.opened_at - order.paid_at <= 6 or market.now > order.ship_by
        if not free and (asked := _farmer(market, claim, "free_to_leave")):
            return asked
    if _many_claims(market, claim):
        return _person("usual_buyer")
    today = [
        other.granted
        for other in market.claims
        if other is not claim
        and market.orders[other.order_id].buyer == order.buyer
        and other.guarantee == "express_refund"
        and other.granted
        and other.opened_at > claim.opened_at - 24
    ]
    if amount > 50_000 or len(today) >= 3 or sum(today) + amount > 100_000:
        return _person("within_express_caps")
    return Verdict("ended", "within_express_caps", amount=amount)


def _missed_deadline(market: "Market", claim: Claim, order: Order) -> Verdict:
    if order.compensated_by not in (None, claim):
        return _refused("not_yet_compensated")
    out = order.status == "out_of_stock" and order.picked_up is None
    if out or market.sent_at(order) > order.ship_by:
        return Verdict("ended", "deadline_missed", amount=compensation(market, order))
    return _refused("deadline_missed")


def _nothing(market: "Market", claim: Claim, amount: int) -> Verdict | None:
    if market.left(claim) == 0:
        return _refused("something_left")
    return _refused("worth_something") if amount == 0 else None


def _farmer(market: "Market", claim: Claim, rule: str) -> Verdict | None:
    """The farmer is heard: 48 h, 36 h before shipping; silence is consent."""
    if claim.answer == "agree":
        return None
    if claim.answer == "contest":
        return _person(rule)
    if claim.asked_farmer_at is not None:
        due = claim.due_at if claim.waiting_on == "farmer" else None
        hours = 36 if market.orders[claim.order_id].picked_up is None else 48
        if market.now >= (claim.asked_farmer_at + hours if due is None else due):
            return None
    return Verdict("needs_action", rule, "farmer")


def _many_claims(market: "Market", claim: Claim) -> bool:
    """More than 5 other claims of the buyer in the 30 days before."""
    buyer = market.orders[claim.order_id].buyer
    before = market.claims[: market.claims.index(claim)]
    mine = [c for c in before if market.orders[c.order_id].buyer == buyer and not c.by_system]
    return sum(c.opened_at > claim.opened_at - 720 for c in mine) > 5


def _person(rule: str) -> Verdict:
    return Verdict("in_review", rule, "platform")


def _refused(rule: str) -> Verdict:
    return Verdict("ended", rule)
