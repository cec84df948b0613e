"""Coupons given, taken, given back and forgotten in any order, against a model of plain words."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from service.flows.answer_once import Answered, Refusal, Request
from service.flows.issue_coupon import Gift, issue_coupon
from service.flows.redeem_coupon import redeem_coupon, restore_coupon
from service.store import audit, ledger
from tests.builders import BUYER, Season
from tests.conftest import do_all_work

ORDERS = st.sampled_from(["next-1", "next-2", "next-3"])


class CouponModel(RuleBasedStateMachine):
    """A coupon is worth its amount, and is at every moment with the buyer, with one order, or with nobody."""

    season: ClassVar[Season]

    def __init__(self) -> None:
        super().__init__()
        self.worth: dict[str, int] = {}
        self.with_whom: dict[str, str] = {}
        self.earlier = self._owed()

    @rule(amount=st.sampled_from([1, 300, 99999]))
    def give(self, amount: int) -> None:
        gift = Gift(BUYER, amount, "CNY", "a slow answer", None)
        given = issue_coupon(self.season.parts.db, self.season.parts.library, self._request(), gift, datetime.now(UTC))
        assert isinstance(given, Answered)
        self.worth[given.body["coupon_id"]] = amount
        self.with_whom[given.body["coupon_id"]] = "buyer"

    @precondition(lambda self: self.worth)
    @rule(pick=st.data(), order_id=ORDERS)
    def redeem(self, pick: st.DataObject, order_id: str) -> None:
        coupon_id = pick.draw(st.sampled_from(sorted(self.worth)))
        taken = redeem_coupon(self.season.parts.db, self._request(), coupon_id, order_id, BUYER)
        assert isinstance(taken, Answered) == (self.with_whom[coupon_id] in ("buyer", order_id))
        if isinstance(taken, Answered):
            self.with_whom[coupon_id] = order_id

    @precondition(lambda self: self.worth)
    @rule(pick=st.data(), order_id=ORDERS)
    def restore(self, pick: st.DataObject, order_id: str) -> None:
        coupon_id = pick.draw(st.sampled_from(sorted(self.worth)))
        given_back = restore_coupon(self.season.parts.db, self._request(), coupon_id, order_id)
        assert isinstance(given_back, Refusal) == (self.with_whom[coupon_id] != order_id)
        if isinstance(given_back, Answered):
            self.with_whom[coupon_id] = "buyer"

    @precondition(lambda self: self.worth)
    @rule(pick=st.data())
    def let_a_day_pass(self, pick: st.DataObject) -> None:
        coupon_id = pick.draw(st.sampled_from(sorted(self.worth)))
        self.season.rows(
            "UPDATE coupons SET issued_at = now() - interval '2 days', valid_until = now() - interval '1 day' "
            "WHERE coupon_id = %s AND status = 'issued'",
            coupon_id,
        )
        self.season.hasten()
        do_all_work(self.season.parts)
        if self.with_whom[coupon_id] == "buyer":
            self.with_whom[coupon_id] = "nobody"

    @invariant()
    def the_books_say_who_is_owed(self) -> None:
        buyers = sum(worth for name, worth in self.worth.items() if self.with_whom[name] == "buyer")
        nobodys = sum(worth for name, worth in self.worth.items() if self.with_whom[name] == "nobody")
        orders = sum(self.worth.values()) - buyers - nobodys
        now_owed = [now - before for now, before in zip(self._owed(), self.earlier, strict=True)]
        assert now_owed == [buyers, orders, -(buyers + orders)]

    def teardown(self) -> None:
        with self.season.parts.db.transaction() as conn:
            assert audit.broken_promises(conn) == []
            assert ledger.drift(conn) == 0

    def _owed(self) -> list[int]:
        return [self.season.balance(name) for name in ("coupons_due", "order_service", "platform_goodwill")]

    def _request(self) -> Request:
        return Request(self.season.app, secrets.token_hex(8), b"s" * 32)


@contextmanager
def on(season: Season) -> Iterator[None]:
    """Give the machine what it works on; hypothesis makes a new machine for every example."""
    CouponModel.season = season
    yield
    del CouponModel.season


def test_a_coupon_is_with_its_buyer_with_one_order_or_with_nobody(season: Season) -> None:
    with on(season):
        run_state_machine_as_test(
            CouponModel,
            settings=settings(
                max_examples=15,
                stateful_step_count=20,
                derandomize=True,
                deadline=None,
                phases=[Phase.explicit, Phase.generate],
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
