"""Whatever happens at once ends as if it had happened one after the other: money moves once."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier
from typing import Any, TypeVar

from schemas.vocabulary import Action, Party
from service.flows.answer_once import Answered, Refusal
from service.flows.open_claim import open_claim
from service.flows.run_work import drain
from service.queues import Kind
from service.store import refunds
from service.wiring.steps import steps_of
from tests.builders import BankAtHand, Season, journey, line, order
from tests.conftest import do_all_work

T = TypeVar("T")


def at_once(calls: Iterable[Callable[[], T]]) -> list[T]:
    """Make all calls from threads that start together."""
    waiting = list(calls)
    start = Barrier(len(waiting))

    def run(call: Callable[[], T]) -> T:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(waiting)) as threads:
        return list(threads.map(run, waiting))


def granted(season: Season) -> int:
    return int(season.rows("SELECT coalesce(sum(granted), 0)::bigint AS granted FROM claims")[0]["granted"])


def test_fifty_approvals_of_one_claim_are_one_ruling_and_one_refund(season: Season, bank: BankAtHand) -> None:
    season.put(order(), *journey())
    claim_id = season.claim(cause="missing")
    do_all_work(season.parts)

    answers = at_once([lambda: season.act(claim_id, Party.PLATFORM, Action.APPROVE, amount=900, reason="seen")] * 50)
    do_all_work(season.parts)

    assert sum(isinstance(answer, Answered) for answer in answers) == 1
    assert {a.code for a in answers if isinstance(a, Refusal)} == {"action_not_available"}
    assert [effect["amount"] for effect in bank.effects()] == [900]
    assert season.rows("SELECT refunded FROM order_lines") == [{"refunded": 900}]


def test_fifty_identical_claims_under_one_key_are_one_claim_with_one_answer(season: Season) -> None:
    season.put(order())
    asked = season.intake(key="the key of one tap")

    answers = at_once([lambda: open_claim(season.parts.db, asked)] * 50)

    bodies = [answer.body["claim_id"] for answer in answers if isinstance(answer, Answered)]
    assert bodies
    assert set(bodies) == {asked.claim_id}
    assert {a.code for a in answers if isinstance(a, Refusal)} <= {"idempotency_key_in_flight"}
    assert season.rows("SELECT count(*) AS claims FROM claims") == [{"claims": 1}]


def test_fifty_identical_claims_under_fifty_keys_are_one_claim(season: Season) -> None:
    season.put(order())

    answers = at_once([lambda: open_claim(season.parts.db, season.intake())] * 50)

    [taken] = [answer for answer in answers if isinstance(answer, Answered)]
    refusals = [answer for answer in answers if isinstance(answer, Refusal)]
    assert {refusal.code for refusal in refusals} == {"claim_exists"}
    assert all(taken.body["claim_id"] in refusal.detail for refusal in refusals)


def test_claims_of_one_line_for_four_causes_never_get_more_than_was_paid(season: Season, bank: BankAtHand) -> None:
    season.put(order(lines=(line(paid=1990, freight=210),)), *journey())
    causes = ("rotten", "damaged", "short", "wrong_item")
    ids = [season.claim(cause=cause, asked_bp=3000, evidence_ids=(season.upload(),)) for cause in causes]
    ids.append(season.claim(cause="missing", line_id=None))
    drain(season.parts.db, Kind.INSPECT_EVIDENCE, steps_of(season.parts)[Kind.INSPECT_EVIDENCE])

    at_once([lambda: do_all_work(season.parts)] * 4)
    approvals = at_once(
        [lambda i=i: season.act(i, Party.PLATFORM, Action.APPROVE, amount=2200, reason="all bad") for i in ids]  # type: ignore[misc]
    )
    do_all_work(season.parts)

    assert not any(isinstance(answer, Answered) for answer in approvals)
    assert granted(season) == sum(effect["amount"] for effect in bank.effects()) <= 2200
    assert season.rows("SELECT refunded FROM order_lines") == [{"refunded": granted(season)}]


def test_four_rulings_on_one_line_at_once_never_exceed_it(season: Season, bank: BankAtHand) -> None:
    season.put(order(lines=(line(paid=1000),)), *journey())
    ids = [season.claim(cause=cause) for cause in ("missing", "not_as_described", "rotten", "damaged")]
    do_all_work(season.parts)

    answers = at_once(
        [lambda i=i: season.act(i, Party.PLATFORM, Action.APPROVE, amount=400, reason="seen") for i in ids]  # type: ignore[misc]
    )
    do_all_work(season.parts)

    assert sum(isinstance(answer, Answered) for answer in answers) == 2
    assert {a.code for a in answers if isinstance(a, Refusal)} == {"amount_above_left"}
    assert sorted(effect["amount"] for effect in bank.effects()) == [400, 400]


def test_two_express_claims_of_one_buyer_at_once_cannot_pass_the_day_s_cap_together(season: Season) -> None:
    for n in range(4):
        season.put(order(f"order-{n}", paid_hours_ago=2))
    ids = [season.claim(f"order-{n}", cause="not_shipped", asked_bp=10000) for n in range(4)]
    season.rows("UPDATE work SET due_at = now() + interval '1 day' WHERE subject_id = ANY(%s)", ids[2:])
    do_all_work(season.parts)
    season.rows("UPDATE work SET due_at = now() WHERE subject_id = ANY(%s)", ids[2:])

    at_once([lambda: do_all_work(season.parts)] * 4)

    ends = [season.read(claim_id)["status"] for claim_id in ids]
    assert sorted(ends) == ["approved", "approved", "approved", "in_review"]


def test_eight_who_drain_three_hundred_claims_decide_each_once_and_pay_each_once(
    season: Season, bank: BankAtHand
) -> None:
    for n in range(300):
        season.put(order(f"order-{n}", paid_hours_ago=2, buyer_id=f"buyer-{n // 2}", waybills=()))
        season.claim(f"order-{n}", cause="not_shipped", asked_bp=10000)
    steps: Any = steps_of(season.parts)

    at_once([lambda: [drain(season.parts.db, kind, steps[kind]) for kind in Kind]] * 8)
    do_all_work(season.parts)

    decided = season.rows("SELECT count(*) AS times FROM decisions WHERE kind = 'decision' GROUP BY claim_id")
    assert [row["times"] for row in decided] == [1] * 300
    effects = bank.effects()
    assert len({effect["transaction_id"] for effect in effects}) == len(effects) == 300
    assert season.balance("advances") == season.balance("buyer_refunds") == 0
    assert season.rows("SELECT FROM work WHERE parked_at IS NOT NULL OR last_error IS NOT NULL") == []


def test_two_refunds_of_one_claim_that_finish_at_once_make_it_refunded(season: Season, bank: BankAtHand) -> None:
    season.put(order(), *journey())
    claim_id = season.claim(cause="missing")
    do_all_work(season.parts)
    bank.misbehave("processing", seconds=60)
    for party, action, amount in (
        (Party.PLATFORM, Action.APPROVE, 500),
        (Party.BUYER, Action.APPEAL, None),
        (Party.PLATFORM, Action.APPROVE, 900),
    ):
        season.act(claim_id, party, action, amount=amount, reason="seen")
    do_all_work(season.parts)
    first, second = [row["refund_id"] for row in season.rows("SELECT refund_id FROM refunds ORDER BY refund_id")]

    with ThreadPoolExecutor(1) as thread:
        with season.parts.db.transaction() as conn:
            refunds.finish(conn, first, "succeeded", None, "paid")
            other = thread.submit(_finish, season, second)
            wait([other], timeout=0.3)
        assert other.result(timeout=5)

    assert season.read(claim_id)["refund_status"] == "succeeded"


def _finish(season: Season, refund_id: str) -> bool:
    with season.parts.db.transaction() as conn:
        return refunds.finish(conn, refund_id, "succeeded", None, "paid")
