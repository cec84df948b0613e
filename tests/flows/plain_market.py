"""A plain market: who must have got what, reckoned from what happened and the figures of the guarantees alone.

Written from docs/guarantees.md and docs/ledger.md, never from the service's own functions. Amounts are fen, times
are hours on the market's own clock.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from tests.flows.plain_claims import OPEN, Claim, Order, half_up, spread
from tests.flows.plain_rules import compensation, decide, guarantee_of

ANSWER_HOURS = 48
COMPENSATION_MOST = 10_000


@dataclass
class Market:
    """One farmer's orders and claims, and all money that moved."""

    now: float = 1000
    orders: dict[str, Order] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    paid_to_buyers: Counter[tuple[str, int]] = field(default_factory=Counter)
    payouts: list[int] = field(default_factory=list)

    # What comes in ------------------------------------------------------------------------------------------------

    def sell(self, order: Order) -> None:
        """A paid order: the farmer is credited the whole sale."""
        self.orders[order.order_id] = order
        order.credited = order.total
        self._check_shipping(order)

    def would_undercut(self, order: Order, paid: Sequence[int], freight: int) -> bool:
        """Whether new amounts lie below what was refunded of a line."""
        parts = spread(freight, paid)
        return any(self.refunded(order, n) > p + f for n, (p, f) in enumerate(zip(paid, parts, strict=True)))

    def change(self, order: Order, paid: Sequence[int], freight: int, status: str) -> None:
        """A newer version of an order: credit or take back the difference; a cancelled sale keeps what was refunded."""
        order.reprice(paid, freight)
        order.status = status
        refunded = sum(self.refunded(order, n) for n in range(len(order.paid)))
        order.credited = refunded if status == "cancelled" else order.total
        self._hear_of(order)
        self._check_shipping(order)

    def scanned(self, order: Order) -> None:
        """News of a parcel, already noted on the order."""
        self._hear_of(order)

    def open(self, claim: Claim) -> bool:
        """A buyer claims; False where a live claim stands for the same."""
        if any(other.live and other.same_as(claim) for other in self.claims):
            return False
        claim.opened_at, claim.requested = self.now, self.asked_amount(claim, claim.asked_bp)
        self.claims.append(claim)
        return True

    def pass_time(self, hours: float) -> None:
        """Deadlines that pass act: first on claims that wait, then on parcels that were not sent."""
        before, self.now = self.now, self.now + hours
        self.decide_all([c for c in self.claims if any(before < due <= self.now for due in c.looked_at)])
        for order in self.orders.values():
            if any(before < due <= self.now for due in (order.ship_by, order.severe_at)):
                self._check_shipping(order)

    # Decisions ----------------------------------------------------------------------------------------------------

    def decide_all(self, claims: Iterable[Claim]) -> None:
        """The policy looks at claims, in the order in which they were opened."""
        for claim in sorted(claims, key=self.claims.index):
            self.look_at(claim)

    def look_at(self, claim: Claim) -> None:
        """Decide by policy, unless the claim ended or is a person's."""
        if claim.detail == "info_requested" and claim.due_at is not None and claim.due_at <= self.now:
            claim.to_person("info_lapsed")
        if claim.detail in ("info_requested", "info_lapsed") or (claim.stage, claim.status) == ("appeal", "in_review"):
            return
        if claim.status not in OPEN:
            self._top_up(claim)
            return
        verdict = decide(self, claim)
        if verdict.final:
            self._end(claim, verdict.amount, verdict.rule)
        elif (verdict.status, verdict.rule) != (claim.status, claim.detail):
            self._ask(claim, verdict.status, verdict.rule, verdict.waiting_on)

    def act(self, claim: Claim, action: str, by: str, photos: int, agrees: bool) -> bool:
        """Someone but a ruling person acts; False where another live claim stands for the same."""
        rival = any(c is not claim and c.live and c.same_as(claim) for c in self.claims)
        match action:
            case "escalate" | "appeal" if claim.status == "rejected" and rival:
                return False
            case "escalate":
                claim.called_in, claim.stage = True, "mediation"
                claim.to_person("called_in")
            case "appeal":
                claim.appealed_by.add(by)
                claim.stage = "appeal"
                claim.to_person("appealed")
            case "respond":
                claim.answer = "agree" if agrees else "contest"
                self.look_at(claim)
            case "request_info":
                claim.status, claim.detail, claim.waiting_on = "needs_action", "info_requested", "buyer"
                claim.due_at = self.now + ANSWER_HOURS
                claim.looked_at.append(claim.due_at)
            case "cancel":
                claim.status, claim.detail, claim.waiting_on, claim.due_at = "cancelled", "cancelled", "none", None
            case "evidence":
                self._photos_come(claim, photos)
        return True

    def _photos_come(self, claim: Claim, photos: int) -> None:
        claim.photos = max(claim.photos, photos)
        if claim.waiting_on != "buyer":
            return
        if claim.stage == "claim":
            claim.status, claim.detail, claim.waiting_on, claim.due_at = "submitted", "received", "none", None
            self.look_at(claim)
        else:
            claim.to_person("info_given")

    def may_grant(self, claim: Claim, amount: int) -> bool:
        """Whether a person can: within what is left, an order compensated once, nothing only to undo a grant."""
        if claim.compensation:
            other = self.orders[claim.order_id].compensated_by not in (None, claim)
            return not other and 0 < amount <= COMPENSATION_MOST
        return amount <= self.left(claim) and (amount > 0 or claim.stage == "appeal")

    def rule(self, claim: Claim, amount: int) -> None:
        """A person's word: more is paid on top, less leaves the buyer what was paid."""
        claim.ruled = amount
        most = COMPENSATION_MOST if guarantee_of(self, claim) == "shipping_deadline" else self.left(claim)
        self._end(claim, min(amount, most), "ruling")

    def _end(self, claim: Claim, amount: int, rule: str) -> None:
        claim.guarantee = guarantee_of(self, claim)
        more = max(amount - claim.granted, 0)
        whole = claim.guarantee == "shipping_deadline" or amount >= self.worth(claim)
        claim.ended("rejected" if amount == 0 else "approved" if whole else "approved_partial", rule, self.now)
        self._grant(claim, more)
        if claim.granted:
            self.attribute(claim)

    def _grant(self, claim: Claim, more: int) -> None:
        if not more:
            return
        order = self.orders[claim.order_id]
        if claim.guarantee == "shipping_deadline":
            order.compensated_by = order.compensated_by or claim
        else:
            parts = spread(more, [self.left_of_line(order, n) for n in claim.lines(order)])
            for n, part in zip(claim.lines(order), parts, strict=True):
                claim.by_line[n] += part
        claim.granted += more
        self.paid_to_buyers[order.buyer, more] += 1

    def _ask(self, claim: Claim, status: str, rule: str, waiting_on: str) -> None:
        shipped = self.orders[claim.order_id].picked_up is not None
        claim.guarantee = guarantee_of(self, claim)
        claim.asked_farmer_at = (claim.asked_farmer_at or self.now) if waiting_on == "farmer" else None
        kept = claim.due_at if claim.waiting_on == "farmer" else None
        if waiting_on == "buyer":
            claim.asked_buyer_at = claim.asked_buyer_at if claim.asked_buyer_at is not None else self.now
            claim.due_at = claim.asked_buyer_at + ANSWER_HOURS
        elif waiting_on == "farmer":
            claim.due_at = kept if kept is not None else (claim.asked_farmer_at or 0) + (48 if shipped else 36)
        else:
            claim.due_at = None
        if claim.due_at is not None:
            claim.looked_at.append(claim.due_at)
        mediates = waiting_on == "platform" and (claim.called_in or claim.answer == "contest")
        claim.stage = "mediation" if mediates and claim.stage == "claim" else claim.stage
        claim.status, claim.detail, claim.waiting_on = status, rule, waiting_on

    # Time and parcels -----------------------------------------------------------------------------------------------

    def _check_shipping(self, order: Order) -> None:
        """A missed deadline is a claim of the system's own; a compensated order is topped up once it is severe."""
        out = order.status == "out_of_stock" and order.picked_up is None
        if order.status == "cancelled" or not (out or self.sent_at(order) > order.ship_by):
            return
        if order.compensated_by:
            self.look_at(order.compensated_by)
            return
        found = Claim(order.order_id, None, "not_shipped", 10_000, compensation=True, by_system=True)
        if self.open(found):
            self.look_at(found)

    def _top_up(self, claim: Claim) -> None:
        order = self.orders[claim.order_id]
        if claim.status != "approved" or claim.guarantee != "shipping_deadline" or claim.ruled is not None:
            return
        if decide(self, claim).final and compensation(self, order) > claim.granted:
            self._end(claim, compensation(self, order), "deadline_missed")

    def _hear_of(self, order: Order) -> None:
        """What carriers or the order service tell may decide open claims anew, and shift who bears the others."""
        ours = [claim for claim in self.claims if claim.order_id == order.order_id]
        for claim in ours:
            if claim.granted and claim.status not in OPEN:
                self.attribute(claim)
        self.decide_all([claim for claim in ours if claim.status in OPEN and claim.stage == "claim"])

    # Sums -----------------------------------------------------------------------------------------------------------

    def sent_at(self, order: Order) -> float:
        """The first physical scan, or now while there is none."""
        return self.now if order.picked_up is None else order.picked_up

    def refunded(self, order: Order, n: int) -> int:
        """What claims were granted of a line."""
        return sum(c.by_line[n] for c in self.claims if c.order_id == order.order_id)

    def left_of_line(self, order: Order, n: int) -> int:
        """What can still be refunded of a line."""
        return order.paid[n] + order.freight[n] - self.refunded(order, n)

    def worth(self, claim: Claim) -> int:
        """All that was paid for what a claim is about."""
        order = self.orders[claim.order_id]
        return sum(order.paid[n] + order.freight[n] for n in claim.lines(order))

    def left(self, claim: Claim) -> int:
        """What can be granted to a claim in all, its own grants included."""
        order = self.orders[claim.order_id]
        return sum(self.left_of_line(order, n) + claim.by_line[n] for n in claim.lines(order))

    def asked_amount(self, claim: Claim, share_bp: int) -> int:
        """A share of what was paid, goods and freight together."""
        return half_up(Fraction(self.worth(claim) * share_bp, 10_000))

    def attribute(self, claim: Claim) -> None:
        """Who bears it: the farmer what it caused, others the rest, the platform what a later ruling takes back."""
        owed = claim.granted if claim.ruled is None else min(claim.granted, claim.ruled)
        claim.farmer_bears = owed if self._farmers_fault(claim) else 0

    def _farmers_fault(self, claim: Claim) -> bool:
        order = self.orders[claim.order_id]
        late = self.sent_at(order) > order.ship_by
        if guarantee_of(self, claim) == "shipping_deadline":
            return late or order.status == "out_of_stock"
        if claim.cause == "cheaper_elsewhere":
            return False
        if claim.cause in ("missing", "short", "wrong_item", "not_as_described") and order.refused is None:
            return True
        if order.picked_up is None:
            return claim.cause in ("not_shipped", "late", "lost")
        travelled = order.delivered is not None
        return late or (travelled and claim.cause in ("rotten", "damaged") and claim.asked_bp > 1000)

    def released(self, order: Order) -> bool:
        """Whether the farmer can be paid a sale: its window, or the longest hold, is over and no claim is open."""
        if order.picked_up is None:
            return False
        closes = order.paid_at + 15 * 24 if order.delivered is None else order.delivered + 24
        open_claim = any(c.order_id == order.order_id and c.status in OPEN for c in self.claims)
        order.is_released = order.is_released or (closes <= self.now and not open_claim)
        return order.is_released

    def farmer_has(self, *, released: bool) -> int:
        """The farmer's held money, or the available: sales less charges, and of the available less payouts."""
        own = [order for order in self.orders.values() if self.released(order) == released]
        ids = {order.order_id for order in own}
        charged = sum(claim.farmer_bears for claim in self.claims if claim.order_id in ids)
        return sum(order.credited for order in own) - charged - (sum(self.payouts) if released else 0)

    def pay_out(self) -> None:
        """A payout takes all that is available; nothing where that is nothing or a debt."""
        if (amount := self.farmer_has(released=True)) > 0:
            self.payouts.append(amount)
