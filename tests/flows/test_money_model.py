"""Orders, claims, rulings, appeals and a bank that misbehaves, in any order, against a model of plain numbers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from schemas.vocabulary import Action, ExceptionCause, Step
from service.domain.postings import farmer_available, farmer_held
from service.flows.act_on_claim import actions_of
from service.flows.answer_once import Answered
from service.flows.open_claim import open_claim
from service.flows.pay_farmer import draw_payouts
from service.store import ledger
from tests.builders import BankAtHand, Season, ago, journey, line, order, scan
from tests.conftest import do_all_work

CAUSES = st.sampled_from(["rotten", "damaged", "missing", "short", "not_as_described"])
FAULTS = st.sampled_from(["error_500", "error_500_after_success", "processing", "refuse"])
SHARES = st.sampled_from([500, 1000, 2500, 3333, 5000, 10000])
_numbers = count(1)


@dataclass
class Line:
    """What the model knows of an order of one line: amounts in minor units."""

    paid: int
    granted: int = 0


@dataclass
class Claim:
    """What the model knows of a claim."""

    order_id: str
    granted: int = 0
    statuses: list[str] = field(default_factory=lambda: ["submitted"])


class MoneyModel(RuleBasedStateMachine):
    """One farmer an example, all on one database."""

    season: ClassVar[Season]
    bank: ClassVar[BankAtHand]
    allowed: ClassVar[set[tuple[str, str]]]

    def __init__(self) -> None:
        super().__init__()
        self.farmer = f"farmer-{next(_numbers)}"
        self.lines: dict[str, Line] = {}
        self.claims: dict[str, Claim] = {}
        self.paid_out: list[str] = []

    @initialize()
    def begin_with_two_sales(self) -> None:
        self.sell(paid=1990, freight=500, delivered=10)
        self.sell(paid=15000, freight=7, delivered=10)

    @rule(
        paid=st.sampled_from([1, 99, 1990, 15000]),
        freight=st.sampled_from([0, 7, 500]),
        delivered=st.sampled_from([10, 80]),
    )
    def sell(self, paid: int, freight: int, delivered: int) -> None:
        order_id = f"{self.farmer}-{len(self.lines)}"
        sold = order(
            order_id,
            paid_hours_ago=130,
            farmer_id=self.farmer,
            buyer_id=f"{order_id}-buyer",
            lines=(line(paid=paid, freight=freight),),
        )
        self.season.put(sold, *journey(order_id, picked_up=100, delivered=delivered))
        self.lines[order_id] = Line(paid + freight)

    @precondition(lambda self: self.lines)
    @rule(pick=st.data(), cause=CAUSES, share_bp=SHARES, whole_order=st.booleans())
    def claim(self, pick: st.DataObject, cause: str, share_bp: int, whole_order: bool) -> None:
        order_id = pick.draw(st.sampled_from(sorted(self.lines)))
        photos = (self.season.upload(), self.season.upload()) if cause == "rotten" else ()
        asked = self.season.intake(
            order_id, cause=cause, asked_bp=share_bp, evidence_ids=photos, line_id=None if whole_order else "1"
        )
        if isinstance(open_claim(self.season.parts.db, asked), Answered):
            self.claims[asked.claim_id] = Claim(order_id)

    @precondition(lambda self: self.claims)
    @rule(pick=st.data(), share_bp=SHARES, works=st.booleans())
    def act(self, pick: st.DataObject, share_bp: int, works: bool) -> None:
        """Someone takes one of the actions that the claim offers, perhaps after the workers have been at it."""
        if works:
            do_all_work(self.season.parts)
        claim_id = pick.draw(st.sampled_from(sorted(self.claims)))
        offered = actions_of(self.season.read(claim_id), self.season.parts.deciding, ago(0))
        if not offered:
            return
        approvals = [one for one in offered if one.action is Action.APPROVE]
        chosen = pick.draw(st.sampled_from([*offered, *approvals, *approvals]))
        carried = {"share_bp": share_bp} if chosen.action is Action.APPROVE else {}
        agrees = "agree" if share_bp > 3000 else "contest"
        self.season.act(claim_id, chosen.by, chosen.action, reason="ruled", answer=agrees, **carried)

    @precondition(lambda self: self.lines)
    @rule(pick=st.data(), hours=st.integers(11, 95))
    def report_damage(self, pick: st.DataObject, hours: int) -> None:
        """News that move liability, whatever was charged before."""
        order_id = pick.draw(st.sampled_from(sorted(self.lines)))
        self.season.hear(scan(order_id, Step.EXCEPTION, hours, ExceptionCause.DAMAGED))

    @rule(fault=FAULTS, times=st.integers(1, 3))
    def misbehave(self, fault: str, times: int) -> None:
        self.bank.misbehave(fault, count=times, seconds=0)

    @rule()
    def time_passes(self) -> None:
        self.season.rows("UPDATE claims SET response_due_at = now() WHERE response_due_at IS NOT NULL")
        self.season.hasten()

    @rule()
    def work(self) -> None:
        do_all_work(self.season.parts)

    @rule()
    def pay_out(self) -> None:
        self.paid_out += draw_payouts(self.season.parts.db, "sandbox")

    @invariant()
    def the_books_balance(self) -> None:
        with self.season.parts.db.transaction() as conn:
            assert ledger.drift(conn) == 0

    @invariant()
    def no_claim_moves_as_no_table_allows_or_gives_money_back(self) -> None:
        for row in self.season.rows("SELECT claim_id, status, granted FROM claims WHERE farmer_id = %s", self.farmer):
            known = self.claims.setdefault(row["claim_id"], Claim(row["claim_id"]))
            assert row["granted"] >= known.granted
            known.granted = row["granted"]
            known.statuses.append(row["status"])
        assert all(self._reachable(claim) for claim in self.claims.values())

    @invariant()
    def no_line_is_refunded_beyond_what_was_paid(self) -> None:
        for row in self.season.rows(
            "SELECT order_id, refunded FROM order_lines WHERE order_id LIKE %s", f"{self.farmer}-%"
        ):
            known = self.lines[row["order_id"]]
            assert known.granted <= row["refunded"] <= known.paid
            known.granted = row["refunded"]

    def teardown(self) -> None:
        """At the end all work is done, by a bank that behaves: now every number must agree with every other."""
        self.bank.behave()
        for _ in range(3):
            do_all_work(self.season.parts)
            self.season.hasten()
        do_all_work(self.season.parts)
        self.no_claim_moves_as_no_table_allows_or_gives_money_back()
        self.no_line_is_refunded_beyond_what_was_paid()
        self._the_bank_paid_what_was_granted()
        self._charges_are_what_was_granted()
        self._the_farmer_has_sales_less_charges_less_payouts()

    def _reachable(self, claim: Claim) -> bool:
        pairs = zip(claim.statuses, claim.statuses[1:], strict=False)
        return all(old == new or self._leads(old, new) for old, new in pairs)

    def _leads(self, old: str, new: str) -> bool:
        """Between two looks a claim may have moved more than once."""
        seen, ahead = {old}, [old]
        while ahead:
            here = ahead.pop()
            found = {to for start, to in self.allowed if start == here} - seen
            seen |= found
            ahead += found
        return new in seen

    def _the_bank_paid_what_was_granted(self) -> None:
        refunds = self.season.rows(
            """
            SELECT refund_id, claim_id, refunds.amount, refunds.status
            FROM refunds JOIN claims USING (claim_id)
            WHERE farmer_id = %s
            """,
            self.farmer,
        )
        moved = {effect["id"]: effect["amount"] for effect in self.bank.effects()}
        for refund in refunds:
            paid = moved.get(refund["refund_id"])
            assert (refund["status"], paid) in (("succeeded", refund["amount"]), ("failed", None))
        for claim_id, claim in self.claims.items():
            assert sum(r["amount"] for r in refunds if r["claim_id"] == claim_id) == claim.granted

    def _charges_are_what_was_granted(self) -> None:
        charged = self.season.rows(
            """
            SELECT claim_id, sum(charges.amount)::bigint AS amount
            FROM charges JOIN claims USING (claim_id)
            WHERE farmer_id = %s AND reversed_at IS NULL
            GROUP BY claim_id
            """,
            self.farmer,
        )
        granted = self.season.rows(
            "SELECT claim_id, granted AS amount FROM claims WHERE farmer_id = %s AND granted > 0", self.farmer
        )
        assert sorted(charged, key=str) == sorted(granted, key=str)

    def _the_farmer_has_sales_less_charges_less_payouts(self) -> None:
        [row] = self.season.rows(
            """
            SELECT
                (SELECT coalesce(sum(amount), 0)::bigint FROM charges
                WHERE party_id = %s AND reversed_at IS NULL) AS charged,
                (SELECT coalesce(sum(amount), 0)::bigint FROM payouts WHERE farmer_id = %s) AS paid_out
            """,
            self.farmer,
            self.farmer,
        )
        sold = sum(known.paid for known in self.lines.values())
        has = self.season.balance(farmer_held(self.farmer)) + self.season.balance(farmer_available(self.farmer))
        assert has == sold - row["charged"] - row["paid_out"]


@contextmanager
def on(season: Season, bank: BankAtHand) -> Iterator[None]:
    """Give the machine what it works on; hypothesis makes a new machine for every example."""
    pairs = season.rows("SELECT from_status, to_status FROM claim_transitions")
    MoneyModel.season, MoneyModel.bank = season, bank
    MoneyModel.allowed = {(pair["from_status"], pair["to_status"]) for pair in pairs}
    yield
    del MoneyModel.season, MoneyModel.bank, MoneyModel.allowed


def test_money_is_where_plain_numbers_say_whatever_people_and_the_bank_do(season: Season, bank: BankAtHand) -> None:
    with on(season, bank):
        run_state_machine_as_test(
            MoneyModel,
            settings=settings(
                max_examples=25,
                stateful_step_count=25,
                derandomize=True,
                deadline=None,
                phases=[Phase.explicit, Phase.generate],
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
