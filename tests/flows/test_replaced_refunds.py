"""What the bank refuses for good is paid under a new id, once, whoever asks and whatever the bank says later."""

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from service.flows.answer_once import Answered, Refusal, Request
from service.flows.refund_buyer import NoticeMismatch, take_notice
from service.flows.replace_refund import Replacement, replace_refund
from service.queues import Kind
from service.refunds.base import Answer, Notice, Outcome
from service.store import audit, refunds, work
from tests.builders import BankAtHand, Season, order
from tests.conftest import do_all_work
from tests.workers.conftest import within

AFTER_ALL = Answer(Outcome.DONE, "bnk_9", "the payee has the money after all")


@pytest.fixture
def claim_id(season: Season) -> str:
    """A claim that policy grants in full, its refund not yet sent."""
    season.put(order(paid_hours_ago=2))
    return season.claim(cause="not_shipped", asked_bp=10000)


@pytest.fixture
def refused(season: Season, bank: BankAtHand, claim_id: str) -> str:
    """A refund that the bank refused for good."""
    bank.misbehave("refuse", count=1)
    do_all_work(season.parts)
    bank.behave()
    return refund_ids(season)[-1]


def refund_ids(season: Season) -> list[str]:
    return [row["refund_id"] for row in season.rows("SELECT refund_id FROM refunds ORDER BY refund_id")]


def replace(season: Season, refund_id: str, channel: str | None = None) -> Answered | Refusal:
    request = Request(season.app, secrets.token_hex(16), b"s" * 32)
    wanted = Replacement(refund_id, "the card was closed", channel)
    return replace_refund(season.parts.db, season.parts.deciding.channels, request, wanted)


def code(answer: Answered | Refusal) -> str:
    assert isinstance(answer, Refusal), answer
    return answer.code


def broken(season: Season) -> list[str]:
    with season.parts.db.transaction() as conn:
        return [f"{row['promise']}: {row['detail']}" for row in audit.broken_promises(conn)]


def paid_by(season: Season, bank: BankAtHand, refund_id: str) -> bool:
    """One effect at the bank, and the books know of it and of nothing else."""
    [effect] = bank.effects()
    books = (season.balance("buyer_refunds"), season.balance("cash"))
    return (effect["id"], effect["amount"], books, broken(season)) == (refund_id, 1990, (0, 0), [])


def test_a_refused_refund_is_paid_under_a_new_id_and_its_grant_is_posted_once(
    season: Season, bank: BankAtHand, claim_id: str, refused: str
) -> None:
    answer = replace(season, refused)
    assert isinstance(answer, Answered)
    between = season.read(claim_id)["refund_status"], broken(season), season.balance("buyer_refunds")
    do_all_work(season.parts)

    assert between == ("pending", [], 1990)
    assert season.read(claim_id)["refund_status"] == "succeeded"
    assert paid_by(season, bank, answer.body["refund_id"])
    assert season.rows("SELECT source FROM journals WHERE kind = 'grant'") == [{"source": f"grant:{refused}"}]
    [row] = season.rows("SELECT status, because FROM refunds WHERE refund_id = %s", refused)
    assert row["status"] == "replaced"
    assert row["because"].endswith("; replaced: the card was closed")
    assert season.rows("SELECT FROM work WHERE subject_id = %s", refused) == []


def test_it_is_told_with_the_id_that_takes_its_place(season: Season, refused: str) -> None:
    answer = replace(season, refused)

    assert isinstance(answer, Answered)
    [event] = season.rows("SELECT data, farmer_id FROM events WHERE type = 'refund.replaced'")
    assert (event["data"]["refund_id"], event["data"]["replaced_by"]) == (refused, answer.body["refund_id"])


def test_of_many_who_replace_it_at_once_one_does(season: Season, bank: BankAtHand, refused: str) -> None:
    answers: list[Answered | Refusal] = []
    threads = [threading.Thread(target=lambda: answers.append(replace(season, refused))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    do_all_work(season.parts)

    assert sorted(type(answer).__name__ for answer in answers) == ["Answered"] + ["Refusal"] * 4
    assert paid_by(season, bank, refund_ids(season)[-1])


def test_one_that_is_refused_again_can_be_replaced_again(season: Season, bank: BankAtHand, refused: str) -> None:
    bank.misbehave("refuse", count=1)
    replace(season, refused)
    do_all_work(season.parts)
    second = refund_ids(season)[-1]
    third = replace(season, second)
    do_all_work(season.parts)

    assert code(replace(season, refused)) == "refund_not_refused"
    assert isinstance(third, Answered)
    assert third.body["replaces"] == second
    assert paid_by(season, bank, third.body["refund_id"])


@pytest.mark.parametrize("fault", ["error_500", "timeout_after_success", "processing"])
def test_what_the_bank_has_not_refused_is_never_sent_under_another_id(
    season: Season, bank: BankAtHand, claim_id: str, fault: str
) -> None:
    bank.misbehave(fault, count=1, seconds=60)
    do_all_work(season.parts)
    [refund_id] = refund_ids(season)
    before = season.rows("SELECT work_id FROM work WHERE subject_id = %s", refund_id)

    assert code(replace(season, refund_id)) == "refund_not_refused"
    assert season.rows("SELECT work_id FROM work WHERE subject_id = %s", refund_id) == before != []


def test_one_that_was_put_wrongly_is_not_replaced_for_the_bank_may_take_it_yet(season: Season, claim_id: str) -> None:
    season.rows("UPDATE orders SET transaction_id = repeat('t', 600)")
    do_all_work(season.parts)
    [refund] = season.rows("SELECT refund_id, status, because FROM refunds")

    assert refund["status"] == "failed"
    assert "HTTP 400" in refund["because"]
    assert code(replace(season, refund["refund_id"])) == "refund_not_refused"


def test_one_that_was_refused_before_that_was_kept_is_replaced_once_its_step_was_retried(
    season: Season, bank: BankAtHand, refused: str
) -> None:
    season.rows("UPDATE refunds SET refused_at = NULL")
    before = replace(season, refused)
    with season.parts.db.transaction() as conn:
        [parked] = work.parked(conn)
        work.retry(conn, parked["work_id"])
    do_all_work(season.parts)
    after = replace(season, refused)
    do_all_work(season.parts)

    assert isinstance(before, Refusal)
    assert before.code == "refund_not_refused"
    assert before.detail.endswith("retry its parked step once, so that the bank says again whether it does")
    assert isinstance(after, Answered)
    assert paid_by(season, bank, after.body["refund_id"])


def test_while_a_worker_asks_the_bank_once_more_nothing_is_replaced(
    season: Season, bank: BankAtHand, refused: str
) -> None:
    with season.parts.db.transaction() as conn:
        [parked] = work.parked(conn)
        work.retry(conn, parked["work_id"])
    with season.parts.db.autocommit() as conn:
        [item] = work.lease(conn, Kind.REFUND_BUYER)

    assert code(replace(season, refused)) == "refund_under_way"
    with season.parts.db.transaction() as conn:
        work.park(conn, item, "the bank refused")
    assert isinstance(replace(season, refused), Answered)
    with season.parts.db.transaction() as conn:
        assert not work.retry(conn, parked["work_id"])


def test_a_bank_that_says_later_it_paid_after_all_is_for_a_person(
    season: Season, bank: BankAtHand, refused: str
) -> None:
    answer = replace(season, refused)
    do_all_work(season.parts)

    with pytest.raises(NoticeMismatch, match="refused for good and replaced"):
        take_notice(season.parts.db, Notice(refused, 1990, "CNY", AFTER_ALL))
    assert not take_notice(season.parts.db, Notice(refused, 1990, "CNY", Answer(Outcome.REFUSED, None, "", True)))
    assert isinstance(answer, Answered)
    assert paid_by(season, bank, answer.body["refund_id"])


def test_it_says_so_even_where_the_replacement_is_under_way_when_its_word_comes(season: Season, refused: str) -> None:
    said = Notice(refused, 1990, "CNY", AFTER_ALL)
    with ThreadPoolExecutor(1) as bank_s_call:
        with season.parts.db.transaction() as conn:
            assert refunds.withdraw(conn, refused)
            assert refunds.lock(conn, refused)
            taken = bank_s_call.submit(take_notice, season.parts.db, said)
            assert within(5, lambda: bool(season.rows("SELECT FROM pg_locks WHERE NOT granted")))
            refunds.replace(conn, refused, "sandbox", "the card was closed")

        with pytest.raises(NoticeMismatch, match="refused for good and replaced"):
            taken.result(5)


def test_another_channel_is_one_that_is_open(season: Season, refused: str) -> None:
    season.rows("UPDATE refunds SET channel = 'closed'")

    assert code(replace(season, refused)) == code(replace(season, refused, "http")) == "channel_closed"
    assert isinstance(replace(season, refused, "sandbox"), Answered)


REPLACED = "UPDATE refunds SET status = 'replaced' WHERE refund_id = %s"
SUCCESSOR = """
    INSERT INTO refunds (replaces, claim_id, order_id, purpose, amount, currency, payee, channel)
    SELECT refund_id, claim_id, order_id, purpose, amount, currency, payee, channel FROM refunds WHERE refund_id = %s
"""


def test_the_database_itself_lets_one_be_replaced_once_and_only_if_the_bank_refused(
    season: Season, refused: str
) -> None:
    replace(season, refused)

    with pytest.raises(psycopg.errors.UniqueViolation, match="a_refund_is_replaced_once"):
        season.rows(SUCCESSOR, refused)
    with pytest.raises(psycopg.errors.CheckViolation, match="cannot go from pending to replaced"):
        season.rows(REPLACED, refund_ids(season)[-1])
    with pytest.raises(psycopg.errors.CheckViolation, match="cannot go from replaced to succeeded"):
        season.rows("UPDATE refunds SET status = 'succeeded' WHERE refund_id = %s", refused)


def test_without_the_bank_s_word_the_database_replaces_nothing(season: Season, refused: str) -> None:
    season.rows("UPDATE refunds SET refused_at = NULL")

    with pytest.raises(psycopg.errors.CheckViolation, match="only_what_the_bank_refused_is_replaced"):
        season.rows(REPLACED, refused)


def test_the_audit_sees_a_place_that_nobody_took_and_one_that_two_hold(season: Season, refused: str) -> None:
    season.rows(REPLACED, refused)
    nobody = broken(season)
    season.rows(SUCCESSOR, refused)
    season.rows("UPDATE refunds SET amount = amount - 1 WHERE replaces IS NOT NULL")

    assert any("same terms, or by none: replaced, then none" in said for said in nobody)
    assert any("same terms, or by none: replaced, then none" in said for said in broken(season))
