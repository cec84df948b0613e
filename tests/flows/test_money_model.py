"""Orders, parcels, claims, rulings, appeals, deadlines and a faulty bank, against a market that reckons for itself."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from schemas.vocabulary import Action, Party, Step
from service.domain.order import Order as Sold
from service.domain.postings import farmer_available, farmer_held
from service.flows.act_on_claim import actions_of
from service.flows.answer_once import Answered, Refusal
from service.flows.open_claim import open_claim
from service.flows.pay_farmer import draw_payouts
from service.store import ledger
from service.store.orders import Upsert
from tests.builders import BankAtHand, Season, ago, newer, order
from tests.flows.plain_claims import Claim, Order, spread
from tests.flows.plain_market import Market
from tests.flows.plain_rules import compensation
from tests.flows.service_side import (
    SUITABLE,
    ask_the_bank_again,
    broken_promises,
    claims_of,
    do_due,
    lines_of,
    lines_sold,
    refused_by_bank,
    tell,
    turn_back,
    under_the_first_policy,
)

CAUSES = st.sampled_from(
    ["rotten", "damaged", "short", "missing", "not_as_described", "not_shipped", "lost", "late", "cheaper_elsewhere"]
)
FAULTS = st.sampled_from([None, None, None, "error_500", "error_500_after_success", "processing", "refuse"])
STATUSES = st.sampled_from(["paid", "cancelled", "out_of_stock"])
SHARES = st.sampled_from([500, 1000, 1001, 2500, 3333, 10000])
PRICES = st.lists(st.sampled_from([1, 99, 1990, 4567, 15000, 60000]), min_size=1, max_size=2)
FREIGHT = st.sampled_from([0, 7, 501])
PARCELS = st.sampled_from(["unsent", "unsent", "delivered", "delivered", "old", "silent"])
SCENES = st.sampled_from(SUITABLE)
MORE = st.sampled_from([None, "damaged", "short"])
PICK = st.integers(0, 999)
_numbers = count(1)


class MoneyModel(RuleBasedStateMachine):
    """One farmer an example, all on one database; after every step all due work is done."""

    season: ClassVar[Season]
    bank: ClassVar[BankAtHand]
    photos: ClassVar[tuple[str, str]]

    def __init__(self) -> None:
        super().__init__()
        self.farmer = f"farmer-{next(_numbers)}"
        self.market = Market()
        self.sold: dict[str, Sold] = {}
        self.refused: Counter[tuple[str, int]] = Counter()

    @initialize()
    def begin_with_two_sales(self) -> None:
        self.sell([1990], 501, "delivered", 2.5, 0)
        self.sell([4567, 15000], 7, "unsent", 20.5, 0)

    @rule(paid=PRICES, freight=FREIGHT, parcel=PARCELS, hours=st.sampled_from([2.5, 20.5, 50.5, 75.5]), buyer=PICK)
    def sell(self, paid: list[int], freight: int, parcel: str, hours: float, buyer: int) -> None:
        """A parcel that was sent travelled in time; `old` is one whose window has closed."""
        order_id, now = f"{self.farmer}-{len(self.sold)}", self.market.now
        known = Order(order_id, f"{self.farmer}-buyer-{buyer % 2}", now - hours, paid, spread(freight, paid))
        if parcel != "unsent":
            known.paid_at, known.picked_up = now - 60.5, now - 50.25
            known.delivered = {"delivered": now - 10.75, "old": now - 30.75}.get(parcel)
        self.sold[order_id] = order(
            order_id,
            paid_hours_ago=now - known.paid_at,
            farmer_id=self.farmer,
            buyer_id=known.buyer,
            lines=lines_sold(paid, freight),
        )
        self.season.put(self.sold[order_id])
        tell(self.season, order_id, Step.PICKED_UP, known.picked_up, now)
        tell(self.season, order_id, Step.DELIVERED, known.delivered, now)
        self._work(None)
        self.market.sell(known)

    @rule(pick=PICK, price=PRICES, freight=FREIGHT, status=STATUSES)
    def change_order(self, pick: int, price: list[int], freight: int, status: str) -> None:
        known = _one_of(list(self.market.orders.values()), pick)
        paid = [price[n % len(price)] for n in range(len(known.paid))]
        changed = newer(self.sold[known.order_id], status=status, lines=lines_sold(paid, freight))
        if self.market.would_undercut(known, paid, freight):
            assert self.season.put(changed) is Upsert.BELOW_REFUNDED
            return
        assert self.season.put(changed) is Upsert.UPDATED
        self.sold[known.order_id] = changed
        self._work(None)
        self.market.change(known, paid, freight, status)

    @rule(pick=PICK, cause=CAUSES, share_bp=SHARES, whole=st.booleans(), photos=st.integers(0, 2), fault=FAULTS)
    def claim(self, pick: int, cause: str, share_bp: int, whole: bool, photos: int, fault: str | None) -> None:
        known = _one_of(list(self.market.orders.values()), pick)
        self._open(Claim(known.order_id, None if whole else 0, cause, share_bp, photos=photos), fault)

    @rule(scene=SCENES, price=st.sampled_from([1990, 1990, 30001]), share_bp=SHARES, more=MORE, fault=FAULTS)
    def sell_and_claim(
        self, scene: tuple[str, float, str, int], price: int, share_bp: int, more: str | None, fault: str | None
    ) -> None:
        """A fresh order, the claim that suits it, and perhaps another one for all that is left."""
        parcel, hours, cause, photos = scene
        self.sell([price], 501, parcel, hours, 0)
        self._open(Claim(list(self.sold)[-1], None, cause, share_bp, photos=photos), fault)
        if more:
            self._open(Claim(list(self.sold)[-1], None, more, 10000, photos=2), None)

    @rule(pick=PICK, cause=st.sampled_from(["not_shipped", "late"]), fault=FAULTS)
    def claim_compensation(self, pick: int, cause: str, fault: str | None) -> None:
        known = _one_of(list(self.market.orders.values()), pick)
        self._open(Claim(known.order_id, None, cause, 10000, compensation=True), fault)

    @rule(pick=PICK, choice=PICK, agrees=st.booleans(), share_bp=SHARES, fault=FAULTS)
    def act(self, pick: int, choice: int, agrees: bool, share_bp: int, fault: str | None) -> None:
        """Someone does what the claim offers; who can rule, rules more often than the rest."""
        able = [claim for claim in self.market.claims if claim.offers(self.market.now)]
        if not able:
            return
        claim = _one_of(able, pick)
        offers = sorted(claim.offers(self.market.now))
        rulings = [offer for offer in offers if offer[0] == "approve"]
        action, by = _one_of([*offers, *rulings, *rulings], choice)
        if action in ("approve", "reject"):
            self._rule(claim, action, share_bp, agrees, fault)
            return
        carried: dict[str, Any] = {"evidence_ids": self.photos} if action == "evidence" else {}
        carried |= {"answer": "agree" if agrees else "contest"} if action == "respond" else {}
        answer = self._act(claim, by, action, fault, **carried)
        assert isinstance(answer, Answered) == self.market.act(claim, action, by, 2, agrees), answer

    @rule(pick=PICK, fault=FAULTS)
    def lower_on_appeal(self, pick: int, fault: str | None) -> None:
        """A farmer appeals and is right: the buyer keeps the money, the farmer bears next to nothing."""
        able = [claim for claim in self.market.claims if ("appeal", "farmer") in claim.offers(self.market.now)]
        if able:
            claim = _one_of(able, pick)
            answer = self._act(claim, "farmer", "appeal", fault)
            assert isinstance(answer, Answered) == self.market.act(claim, "appeal", "farmer", 0, agrees=False)
            self._rule(claim, "approve", 50, as_asked=False, fault=fault)

    @rule(pick=PICK, news=st.sampled_from(["sent", "arrived", "refused"]), fault=FAULTS)
    def hear_carrier(self, pick: int, news: str, fault: str | None) -> None:
        """A parcel is sent and arrives at once, or one on its way arrives or is refused."""
        known, now = _one_of(list(self.market.orders.values()), pick), self.market.now
        if news == "sent" and known.picked_up is None:
            known.picked_up, known.delivered = now - 1.25, now - 0.75
        elif known.picked_up is None or known.delivered is not None or known.refused is not None:
            return
        elif news == "refused":
            known.refused = now - 0.75
        elif now - known.picked_up < 72:
            known.delivered = now - 0.75
        tell(self.season, known.order_id, Step.PICKED_UP, known.picked_up if news == "sent" else None, now)
        tell(self.season, known.order_id, Step.DELIVERED, known.delivered, now)
        tell(self.season, known.order_id, Step.EXCEPTION, known.refused, now)
        self._work(fault)
        self.market.scanned(known)

    @rule(hours=st.sampled_from([1, 7, 25, 37, 49, 170]), fault=FAULTS)
    def time_passes(self, hours: int, fault: str | None) -> None:
        self.sold = turn_back(self.season, self.farmer, self.sold, hours)
        self._work(fault)
        self.market.pass_time(hours)

    @rule()
    def pay_out(self) -> None:
        draw_payouts(self.season.parts.db, "sandbox")
        self._work(None)
        self.market.pay_out()

    @invariant()
    def every_claim_stands_as_reckoned(self) -> None:
        rows = claims_of(self.season, self.farmer)
        for row in rows:
            if row["opened_by"] == "system":
                of_system = (c for c in self.market.claims if c.by_system and c.order_id == row["order_id"])
                next(c for c in of_system if c.claim_id in (None, row["claim_id"])).claim_id = row["claim_id"]
        reckoned = {claim.claim_id: claim for claim in self.market.claims}
        assert [row["claim_id"] for row in rows] == sorted(map(str, reckoned))
        for row in rows:
            claim = reckoned[row["claim_id"]]
            assert {name: row[name] for name in claim.standing()} == claim.standing()
            offered = actions_of(row, self.season.parts.deciding, ago(0))
            assert {(str(o.action).replace("-", "_"), str(o.by)) for o in offered} == claim.offers(self.market.now)

    @invariant()
    def every_line_and_sale_stands_as_reckoned(self) -> None:
        assert lines_of(self.season, self.farmer) == [
            (o.order_id, str(n), o.paid[n], o.freight[n], self.market.refunded(o, n), o.credited, o.compensated)
            for o in sorted(self.market.orders.values(), key=lambda o: o.order_id)
            for n in range(len(o.paid))
        ]

    @invariant()
    def the_farmer_has_what_is_reckoned_and_the_books_balance(self) -> None:
        assert self.season.balance(farmer_available(self.farmer)) == self.market.farmer_has(released=True)
        assert self.season.balance(farmer_held(self.farmer)) == self.market.farmer_has(released=False)
        with self.season.parts.db.transaction() as conn:
            assert ledger.drift(conn) == 0

    def teardown(self) -> None:
        """The bank's own books: every grant and payout once, but for what the bank refused. No promise is broken."""
        assert broken_promises(self.season) == set()
        moved = [effect for effect in self.bank.effects() if effect["payee"].startswith(self.farmer)]
        to_buyers = Counter((e["payee"], e["amount"]) for e in moved if e["purpose"] != "payout")
        assert to_buyers == self.market.paid_to_buyers - self.refused
        assert [e["amount"] for e in moved if e["payee"] == self.farmer] == self.market.payouts
        self.season.rows("DELETE FROM work")

    def _open(self, claim: Claim, fault: str | None) -> None:
        asked = self.season.intake(
            claim.order_id,
            line_id=None if claim.line is None else str(claim.line),
            cause=claim.cause,
            asked_bp=claim.asked_bp,
            evidence_ids=self.photos[: claim.photos],
            requested_resolution="compensation" if claim.compensation else "refund_only",
        )
        claim.claim_id = asked.claim_id
        opened = open_claim(self.season.parts.db, asked)
        assert isinstance(opened, Answered) == self.market.open(claim), opened
        if isinstance(opened, Answered):
            self._work(fault)
            self.market.look_at(claim)

    def _rule(self, claim: Claim, action: str, share_bp: int, as_asked: bool, fault: str | None) -> None:
        """Approve what was asked, or a share, of a compensation an amount; or reject."""
        carried: dict[str, Any] = {}
        amount = claim.granted
        if action == "approve" and as_asked:
            known = self.market.orders[claim.order_id]
            amount = compensation(self.market, known) if claim.compensation else claim.requested
        elif action == "approve" and claim.compensation:
            amount = carried["amount"] = share_bp * 2
        elif action == "approve":
            amount, carried["share_bp"] = self.market.asked_amount(claim, share_bp), share_bp
        possible = action == "reject" or self.market.may_grant(claim, amount)
        answer = self._act(claim, "platform", action, fault, **carried)
        assert isinstance(answer, Answered) == possible, answer
        if possible:
            self.market.rule(claim, amount)

    def _act(self, claim: Claim, by: str, action: str, fault: str | None, **carried: Any) -> Answered | Refusal:
        taken = Action(action.replace("_", "-"))
        answer = self.season.act(str(claim.claim_id), Party(by), taken, reason="seen", **carried)
        self._work(fault)
        return answer

    def _work(self, fault: str | None) -> None:
        """Do what is due, perhaps with a bank that fails once and is then asked again."""
        if fault:
            self.bank.misbehave(fault, count=1, seconds=0)
        do_due(self.season)
        if fault:
            self.bank.behave()
            ask_the_bank_again(self.season)
        refused = refused_by_bank(self.season, self.farmer)
        assert (refused - self.refused).total() <= (fault == "refuse")
        self.refused = refused


def _one_of(known: Sequence[Any], pick: int) -> Any:
    return known[pick % len(known)]


def test_money_is_where_plain_numbers_say_whatever_people_and_the_bank_do(season: Season, bank: BankAtHand) -> None:
    MoneyModel.season = replace(season, parts=under_the_first_policy(season.parts))
    MoneyModel.bank, MoneyModel.photos = bank, (season.upload(), season.upload())

    run_state_machine_as_test(
        MoneyModel,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            derandomize=True,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
