"""Whatever the bank does, the buyer is paid once, and the claim says how far the money has come."""

import pytest

from service.flows.refund_buyer import NoticeMismatch, take_notice
from service.flows.run_work import run_due
from service.queues import Kind
from service.refunds.base import Answer, Notice, Outcome
from service.store import work
from service.wiring.steps import steps_of
from tests.builders import BankAtHand, Season, order
from tests.conftest import do_all_work


@pytest.fixture
def claim_id(season: Season) -> str:
    """A claim that policy grants in full, its refund not yet sent."""
    season.put(order(paid_hours_ago=2))
    return season.claim(cause="not_shipped", asked_bp=10000)


def notice(season: Season, outcome: Outcome = Outcome.DONE, amount: int = 1990) -> Notice:
    [row] = season.rows("SELECT refund_id FROM refunds")
    return Notice(row["refund_id"], amount, "CNY", Answer(outcome, "bnk_1", "the bank calls back"))


def paid_once(season: Season, bank: BankAtHand, claim_id: str) -> bool:
    claim = season.read(claim_id)
    moved = [effect["amount"] for effect in bank.effects()]
    books = (season.balance("buyer_refunds"), season.balance("cash"))
    return (claim["refund_status"], moved, books) == ("succeeded", [1990], (0, 0)) and claim["refunded_at"]


def test_a_granted_claim_is_paid(season: Season, bank: BankAtHand, claim_id: str) -> None:
    do_all_work(season.parts)

    assert paid_once(season, bank, claim_id)


def test_a_refusal_parks_the_step_for_a_person_who_can_try_again(
    season: Season, bank: BankAtHand, claim_id: str
) -> None:
    bank.misbehave("refuse", count=1)
    do_all_work(season.parts)

    assert season.read(claim_id)["refund_status"] == "failed"
    assert season.balance("buyer_refunds") == 1990
    with season.parts.db.transaction() as conn:
        [parked] = work.parked(conn)
        assert (parked["kind"], "the bank refused" in parked["last_error"]) == ("refund_buyer", True)
        assert work.retry(conn, parked["work_id"])
    do_all_work(season.parts)
    assert bank.effects() == []


@pytest.mark.parametrize("fault", ["timeout_after_success", "error_500", "error_500_after_success"])
def test_what_is_unknown_is_asked_again_under_the_same_id_and_paid_once(
    season: Season, bank: BankAtHand, claim_id: str, fault: str
) -> None:
    bank.misbehave(fault, count=2)
    do_all_work(season.parts)
    unknown = season.read(claim_id)["refund_status"]
    for _ in range(2):
        season.hasten()
        do_all_work(season.parts)

    assert unknown == "unknown"
    assert paid_once(season, bank, claim_id)


def test_a_bank_that_is_silent_for_long_parks_the_step_and_loses_nothing(
    season: Season, bank: BankAtHand, claim_id: str
) -> None:
    bank.misbehave("error_500")
    do_all_work(season.parts)
    season.rows("UPDATE work SET attempts = 299 WHERE kind = 'refund_buyer'")
    season.hasten()
    do_all_work(season.parts)
    with season.parts.db.transaction() as conn:
        [parked] = work.parked(conn)
        work.retry(conn, parked["work_id"])
    bank.behave()
    do_all_work(season.parts)

    assert paid_once(season, bank, claim_id)


def test_a_transfer_still_in_process_is_finished_by_the_bank_s_call_and_only_once(
    season: Season, bank: BankAtHand, claim_id: str
) -> None:
    bank.misbehave("processing", count=1, seconds=0)
    do_all_work(season.parts)
    pending = season.read(claim_id)["refund_status"]

    assert pending == "pending"
    assert [take_notice(season.parts.db, notice(season)) for _ in range(2)] == [True, False]
    season.hasten()
    do_all_work(season.parts)
    assert paid_once(season, bank, claim_id)
    assert season.rows("SELECT FROM work WHERE kind = 'refund_buyer'") == []


def test_a_transfer_in_process_is_asked_about_if_the_bank_never_calls(
    season: Season, bank: BankAtHand, claim_id: str
) -> None:
    bank.misbehave("processing", count=1, seconds=0)
    do_all_work(season.parts)
    season.hasten()
    do_all_work(season.parts)

    assert paid_once(season, bank, claim_id)


def test_a_call_of_refusal_after_the_money_moved_changes_nothing(
    season: Season, bank: BankAtHand, claim_id: str
) -> None:
    do_all_work(season.parts)

    assert not take_notice(season.parts.db, notice(season, Outcome.REFUSED))
    assert paid_once(season, bank, claim_id)


def test_a_call_with_another_amount_is_for_a_person_and_changes_nothing(
    season: Season, bank: BankAtHand, claim_id: str
) -> None:
    bank.misbehave("processing", count=1, seconds=60)
    do_all_work(season.parts)

    with pytest.raises(NoticeMismatch, match="notice of 1991 CNY, sent were 1990 CNY"):
        take_notice(season.parts.db, notice(season, amount=1991))
    assert season.read(claim_id)["refund_status"] == "pending"


def test_a_call_about_a_refund_that_is_not_ours_is_no_news(season: Season) -> None:
    stranger = Notice("rfd_of_nobody", 5, "CNY", Answer(Outcome.DONE, None, ""))

    assert not take_notice(season.parts.db, stranger)


def test_a_transfer_without_its_channel_waits_for_it_and_holds_up_no_other(
    season: Season, bank: BankAtHand, claim_id: str
) -> None:
    season.put(order("order-2", paid_hours_ago=2, buyer_id="other"))
    sound = season.claim("order-2", cause="not_shipped", asked_bp=10000)
    run_due(season.parts.db, Kind.DECIDE_CLAIM, steps_of(season.parts)[Kind.DECIDE_CLAIM])
    season.rows("UPDATE refunds SET channel = 'closed' WHERE claim_id = %s", claim_id)
    do_all_work(season.parts)

    assert season.read(sound)["refund_status"] == "succeeded"
    [row] = season.rows("SELECT last_error FROM work WHERE kind = 'refund_buyer'")
    assert "channel closed of rfd_" in row["last_error"]
