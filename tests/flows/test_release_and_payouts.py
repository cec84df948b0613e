"""A sale is held while its guarantee window is open; then the farmer is paid the whole of it, line by line."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from schemas.vocabulary import Action, Party, Step
from service.domain.postings import farmer_available, farmer_held
from service.flows.pay_farmer import draw_payouts, take_payout_notice
from service.flows.run_work import run_due
from service.queues import Kind
from service.refunds.base import Answer, Notice, Outcome
from service.store import farmers
from service.wiring.steps import steps_of
from tests.builders import FARMER, BankAtHand, Season, journey, line, newer, order, scan
from tests.conftest import do_all_work
from tests.workers.conftest import within

HELD, AVAILABLE = farmer_held(FARMER), farmer_available(FARMER)


def sell(season: Season, order_id: str, paid: int = 1990, delivered: float = 80) -> None:
    """A sale whose window has closed, if it was delivered more than 24 hours ago."""
    season.put(
        order(order_id, paid_hours_ago=150, lines=(line(paid=paid),)),
        *journey(order_id, picked_up=120, delivered=delivered),
    )
    do_all_work(season.parts)


def draw(season: Season) -> list[str]:
    return draw_payouts(season.parts.db, "sandbox")


def lines_of(season: Season, payout_id: str) -> list[dict[str, Any]]:
    with season.parts.db.transaction() as conn:
        return farmers.payout_lines(conn, payout_id)


def test_a_sale_is_held_while_the_window_is_open_and_released_when_it_closes(season: Season) -> None:
    sell(season, "open", delivered=10)
    sell(season, "closed", delivered=25)

    assert (season.balance(HELD), season.balance(AVAILABLE)) == (1990, 1990)
    [waiting] = season.rows(
        """
        SELECT extract(epoch FROM due_at - now()) / 3600 AS hours FROM work
        WHERE kind = 'release_sale' AND subject_id = 'open' AND due_at < now() + interval '2 days'
        """
    )
    assert waiting["hours"] == pytest.approx(14, abs=0.1)


def test_a_sale_that_was_never_delivered_is_released_after_the_longest_hold(season: Season) -> None:
    season.put(order("recent", paid_hours_ago=24 * 14), scan("recent", Step.PICKED_UP, 24 * 13.5))
    season.put(order("old", paid_hours_ago=24 * 16), scan("old", Step.PICKED_UP, 24 * 15.5))
    do_all_work(season.parts)

    assert season.rows("SELECT order_id FROM orders WHERE released_at IS NOT NULL") == [{"order_id": "old"}]


def test_a_sale_that_was_never_shipped_is_not_released(season: Season) -> None:
    season.put(order("unshipped", paid_hours_ago=24 * 16))
    do_all_work(season.parts)

    assert season.rows("SELECT order_id FROM orders WHERE released_at IS NOT NULL") == []


def claim_past_the_window(season: Season) -> str:
    """A claim that a person has to decide, on a sale whose window has closed since."""
    season.put(order(), *journey(delivered=10))
    claim_id = season.claim(cause="missing")
    do_all_work(season.parts)
    season.rows("UPDATE tracking_events SET event_time = event_time - interval '20 hours'")
    season.rows("UPDATE orders SET paid_at = paid_at - interval '20 hours'")
    season.rows("UPDATE claims SET opened_at = opened_at - interval '20 hours'")
    season.hasten()
    do_all_work(season.parts)
    return claim_id


def test_an_open_claim_holds_the_sale_until_it_ends_and_is_charged_before_the_release(season: Season) -> None:
    claim_id = claim_past_the_window(season)
    held = season.balance(HELD)
    season.act(claim_id, Party.PLATFORM, Action.APPROVE, amount=990, reason="seen")
    do_all_work(season.parts)
    season.hasten()
    do_all_work(season.parts)

    assert held == 1990
    assert (season.balance(HELD), season.balance(AVAILABLE)) == (0, 1000)


def test_a_ruling_that_began_before_the_sale_was_put_back_releases_it_all_the_same(season: Season) -> None:
    claim_id = claim_past_the_window(season)
    season.rows("UPDATE work SET due_at = now() WHERE kind = 'release_sale'")
    with ThreadPoolExecutor(1) as reviewer:
        with season.parts.db.transaction() as conn:
            conn.execute("SELECT FROM claims WHERE claim_id = %s FOR UPDATE", (claim_id,))
            ruled = reviewer.submit(season.act, claim_id, Party.PLATFORM, Action.REJECT, reason="not seen")
            assert within(5, lambda: bool(season.rows("SELECT FROM pg_locks WHERE NOT granted")))
            assert run_due(season.parts.db, Kind.RELEASE_SALE, steps_of(season.parts)[Kind.RELEASE_SALE]) == 1
        ruled.result(5)
    do_all_work(season.parts)

    assert (season.balance(HELD), season.balance(AVAILABLE)) == (0, 1990)


def test_a_charge_after_the_release_falls_on_the_available_money(season: Season) -> None:
    sell(season, "order-1")
    claim_id = season.claim("order-1")
    do_all_work(season.parts)
    refused = season.read(claim_id)["status"], season.balance(AVAILABLE)
    season.act(claim_id, Party.BUYER, Action.APPEAL, reason="I was in hospital")
    season.act(claim_id, Party.PLATFORM, Action.APPROVE, amount=1990, reason="believed")
    do_all_work(season.parts)

    assert refused == ("rejected", 1990)
    assert (season.balance(HELD), season.balance(AVAILABLE)) == (0, 0)


def test_a_payout_is_the_exact_sum_of_its_lines_and_reaches_the_farmer_once(season: Season, bank: BankAtHand) -> None:
    for number, paid in enumerate((1990, 4599, 1)):
        sell(season, f"order-{number}", paid)
    [payout_id] = draw(season)
    do_all_work(season.parts)

    assert sum(one["net"] for one in lines_of(season, payout_id)) == 6590
    assert [(one["type"], one["order_id"]) for one in lines_of(season, payout_id)] == [
        ("sale", f"order-{number}") for number in range(3)
    ]
    [effect] = bank.effects()
    assert (effect["id"], effect["purpose"], effect["payee"], effect["amount"]) == (payout_id, "payout", FARMER, 6590)
    assert (season.balance(AVAILABLE), season.balance("payouts_due"), season.balance("cash")) == (0, 0, 0)
    assert draw(season) == []


def test_a_negative_balance_is_carried_over_into_the_next_payout(season: Season, bank: BankAtHand) -> None:
    sold = order(paid_hours_ago=150)
    season.put(sold, *journey(picked_up=120, delivered=80))
    do_all_work(season.parts)
    draw(season)
    season.put(newer(sold, status="cancelled"))
    do_all_work(season.parts)
    in_debt = season.balance(AVAILABLE), draw(season)
    sell(season, "order-2", 5000)
    [payout_id] = draw(season)
    do_all_work(season.parts)

    assert in_debt == (-1990, [])
    assert [one["net"] for one in lines_of(season, payout_id)] == [-1990, 5000]
    assert [effect["amount"] for effect in bank.effects()] == [1990, 3010]


def test_two_batches_drawn_at_once_pay_no_entry_twice(season: Season, bank: BankAtHand) -> None:
    for number in range(5):
        sell(season, f"order-{number}")
    with ThreadPoolExecutor(6) as threads:
        drawn = [payout_id for batch in threads.map(lambda _: draw(season), range(6)) for payout_id in batch]
    do_all_work(season.parts)

    assert len(drawn) == 1
    assert [effect["amount"] for effect in bank.effects()] == [5 * 1990]


def test_a_sale_released_while_a_payout_is_drawn_is_in_this_one_or_the_next(season: Season, bank: BankAtHand) -> None:
    orders = [order(f"order-{n}", paid_hours_ago=150) for n in range(12)]
    for sold in orders:
        season.put(sold, *journey(sold.order_id, picked_up=120, delivered=80))
    with ThreadPoolExecutor(4) as threads:
        releasing = [threads.submit(do_all_work, season.parts) for _ in range(2)]
        drawing = [threads.submit(draw, season) for _ in range(6)]
        assert all(job.result(timeout=30) >= 0 for job in releasing)
        assert sum(len(job.result(timeout=30)) for job in drawing) <= 12
    draw(season)
    do_all_work(season.parts)

    assert sum(effect["amount"] for effect in bank.effects()) == 12 * 1990
    assert (season.balance(AVAILABLE), season.balance(HELD)) == (0, 0)


def test_a_payout_whose_answer_was_lost_is_asked_again_and_paid_once(season: Season, bank: BankAtHand) -> None:
    sell(season, "order-1")
    [payout_id] = draw(season)
    bank.misbehave("error_500_after_success", count=1)
    do_all_work(season.parts)
    season.hasten()
    do_all_work(season.parts)

    assert [effect["id"] for effect in bank.effects()] == [payout_id]
    assert season.rows("SELECT status FROM payouts") == [{"status": "succeeded"}]
    assert season.balance("payouts_due") == 0


def test_a_payout_in_process_is_finished_by_the_bank_s_call_and_only_once(season: Season, bank: BankAtHand) -> None:
    sell(season, "order-1")
    [payout_id] = draw(season)
    bank.misbehave("processing", count=1, seconds=0)
    do_all_work(season.parts)
    call = Notice(payout_id, 1990, "CNY", Answer(Outcome.DONE, "bnk_1", "done"))

    assert [take_payout_notice(season.parts.db, call) for _ in range(2)] == [True, False]
    assert season.balance("payouts_due") == 0


def test_a_farmer_s_statement_runs_to_the_balance_of_held_and_available(season: Season) -> None:
    sell(season, "order-1")
    sell(season, "order-2", 5000, delivered=10)
    season.claim("order-2", evidence_ids=(season.upload(), season.upload()), asked_bp=1000)
    do_all_work(season.parts)
    with season.parts.db.transaction() as conn:
        statement = farmers.statement(conn, FARMER, None, None)

    assert [(row["type"], row["net"], row["running_balance"]) for row in statement] == [
        ("sale", 1990, 1990),
        ("sale", 5000, 6990),
    ]
    assert statement[-1]["running_balance"] == season.balance(HELD) + season.balance(AVAILABLE)
