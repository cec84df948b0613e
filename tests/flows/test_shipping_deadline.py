"""A missed 48-hour deadline is found without a claim and compensated once; who proves to be in time is not charged."""

import pytest

from schemas.vocabulary import Action, Party, Step
from service.domain.postings import farmer_held
from tests.builders import FARMER, BankAtHand, Season, ago, line, newer, order, scan
from tests.conftest import do_all_work


def paid_out(bank: BankAtHand) -> list[int]:
    return [effect["amount"] for effect in bank.effects()]


@pytest.mark.parametrize(
    ("paid", "paid_hours_ago", "compensation"),
    [(1990, 50, 300), (30000, 50, 300), (45678, 50, 457), (900_000, 50, 3000), (1990, 73, 500), (45678, 73, 4568)],
)
def test_a_missed_deadline_is_compensated_without_a_claim(
    season: Season, bank: BankAtHand, paid: int, paid_hours_ago: float, compensation: int
) -> None:
    season.put(order(paid_hours_ago=paid_hours_ago, lines=(line(paid=paid),)))
    do_all_work(season.parts)

    [effect] = bank.effects()
    assert (effect["purpose"], effect["amount"]) == ("compensation", compensation)
    assert season.balance(farmer_held(FARMER)) == paid - compensation
    assert season.rows("SELECT opened_by, status FROM claims") == [{"opened_by": "system", "status": "approved"}]


def test_a_deadline_not_yet_missed_is_looked_at_when_it_comes(season: Season, bank: BankAtHand) -> None:
    season.put(order(paid_hours_ago=47))
    do_all_work(season.parts)
    assert paid_out(bank) == []

    season.rows("UPDATE orders SET paid_at = paid_at - interval '2 hours'")
    season.hasten()
    do_all_work(season.parts)
    assert paid_out(bank) == [300]


def test_a_label_is_no_parcel_and_a_scan_in_time_is(season: Season, bank: BankAtHand) -> None:
    season.put(order("labelled"), scan("labelled", Step.LABEL_CREATED, 59))
    season.put(order("shipped"), scan("shipped", Step.PICKED_UP, 20))
    do_all_work(season.parts)

    assert [effect["transaction_id"] for effect in bank.effects()] == ["txn-labelled"]


def test_severe_lateness_tops_the_compensation_up_and_no_more(season: Season, bank: BankAtHand) -> None:
    season.put(order(paid_hours_ago=50))
    do_all_work(season.parts)
    season.rows("UPDATE orders SET paid_at = paid_at - interval '23 hours'")
    for _ in range(3):
        season.hasten()
        do_all_work(season.parts)

    assert paid_out(bank) == [300, 200]
    assert season.rows("SELECT compensated FROM orders") == [{"compensated": 500}]
    assert season.balance(farmer_held(FARMER)) == 1990 - 500
    assert season.rows("SELECT granted, refund_status FROM claims") == [{"granted": 500, "refund_status": "succeeded"}]


def test_a_compensation_under_appeal_waits_for_its_ruling_while_the_parcel_gets_ever_later(season: Season) -> None:
    season.put(order(paid_hours_ago=50))
    do_all_work(season.parts)
    [claim] = season.rows("SELECT claim_id FROM claims")
    season.act(claim["claim_id"], Party.FARMER, Action.APPEAL, reason="the courier never came")
    season.rows("UPDATE orders SET paid_at = paid_at - interval '23 hours'")
    season.hasten()
    do_all_work(season.parts)

    [waiting] = season.rows("SELECT status, status_detail, stage, granted FROM claims")
    assert waiting == {"status": "in_review", "status_detail": "appealed", "stage": "appeal", "granted": 300}


def test_an_order_shipped_late_but_not_severely_gets_no_top_up(season: Season, bank: BankAtHand) -> None:
    season.put(order(paid_hours_ago=75))
    season.hear(scan("order-1", Step.PICKED_UP, 20))
    for _ in range(3):
        do_all_work(season.parts)
        season.hasten()

    assert paid_out(bank) == [300]


def test_out_of_stock_is_severe_at_once(season: Season, bank: BankAtHand) -> None:
    first = order(paid_hours_ago=3)
    season.put(first)
    season.put(newer(first, status="out_of_stock"))
    do_all_work(season.parts)

    assert paid_out(bank) == [500]


def test_a_presale_counts_from_the_promised_date(season: Season, bank: BankAtHand) -> None:
    season.put(order("early", paid_hours_ago=500, presale=True, ship_by=ago(-1)))
    season.put(order("late", paid_hours_ago=500, presale=True, ship_by=ago(1)))
    season.put(order("very-late", paid_hours_ago=500, presale=True, ship_by=ago(25)))
    do_all_work(season.parts)

    assert sorted((e["transaction_id"], e["amount"]) for e in bank.effects()) == [
        ("txn-late", 300),
        ("txn-very-late", 500),
    ]


def test_a_cancelled_order_has_no_deadline(season: Season, bank: BankAtHand) -> None:
    first = order()
    season.put(first)
    season.put(newer(first, status="cancelled"))
    do_all_work(season.parts)

    assert paid_out(bank) == []


@pytest.mark.parametrize("cause", ["late", "not_shipped"])
def test_a_buyer_who_claims_first_is_not_compensated_again_by_the_system(
    season: Season, bank: BankAtHand, cause: str
) -> None:
    season.put(order())
    claim_id = season.claim(cause=cause, line_id=None, requested_resolution="compensation", asked_bp=10000)
    do_all_work(season.parts)
    season.hasten()
    do_all_work(season.parts)

    assert paid_out(bank) == [300]
    assert season.rows("SELECT count(*) AS claims FROM claims WHERE granted > 0") == [{"claims": 1}]
    assert season.read(claim_id)["status"] in ("approved", "rejected")


def test_a_buyer_who_claims_after_the_system_is_refused_and_told_which_claim_paid(
    season: Season, bank: BankAtHand
) -> None:
    season.put(order())
    do_all_work(season.parts)
    claim_id = season.claim(cause="late", line_id=None, requested_resolution="compensation", asked_bp=10000)
    do_all_work(season.parts)

    assert season.read(claim_id)["status_detail"] == "not_yet_compensated"
    assert paid_out(bank) == [300]


def test_a_late_scan_that_proves_the_parcel_in_time_takes_the_charge_back_and_the_buyer_keeps_the_money(
    season: Season, bank: BankAtHand
) -> None:
    season.put(order())
    do_all_work(season.parts)
    charged = season.balance(farmer_held(FARMER))
    season.hear(scan("order-1", Step.PICKED_UP, 30), scan("order-1", Step.DEPARTED, 20))
    do_all_work(season.parts)

    assert (charged, season.balance(farmer_held(FARMER))) == (1690, 1990)
    assert paid_out(bank) == [300]
    assert season.balance("platform_goodwill") == -300
    [claim] = season.rows("SELECT claim_id FROM claims")
    [share] = season.read(claim["claim_id"])["liability"]
    assert (share["party"], share["amount"], share["share_bp"]) == ("platform", 300, 10000)
