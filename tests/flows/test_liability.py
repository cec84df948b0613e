"""Who bears a loss is settled anew when better facts come; the buyer never notices."""

from schemas.vocabulary import ExceptionCause, Step
from service.domain.postings import carrier_receivable, farmer_held
from tests.builders import CARRIER, FARMER, BankAtHand, Season, journey, order, scan
from tests.conftest import do_all_work

HELD, RECEIVABLE = farmer_held(FARMER), carrier_receivable(CARRIER)


def borne(season: Season, claim_id: str) -> dict[str, int]:
    return {share["party"]: share["amount"] for share in season.read(claim_id)["liability"]}


def granted(season: Season) -> str:
    claim_id = season.claim(evidence_ids=(season.upload(),))
    do_all_work(season.parts)
    assert season.read(claim_id)["granted"] == 1990
    return claim_id


def test_a_damage_report_that_comes_late_moves_the_whole_charge_to_the_carrier(
    season: Season, bank: BankAtHand
) -> None:
    season.put(order(), *journey())
    claim_id = granted(season)
    first = borne(season, claim_id)
    season.hear(scan("order-1", Step.EXCEPTION, 20, ExceptionCause.DAMAGED))
    do_all_work(season.parts)

    assert (first, borne(season, claim_id)) == ({"farmer": 1990}, {"carrier": 1990})
    assert (season.balance(HELD), season.balance(RECEIVABLE)) == (1990, -1990)
    assert len(bank.effects()) == 1


def test_a_replaced_charge_stays_in_the_books_with_a_journal_that_reverses_it(season: Season) -> None:
    season.put(order(), *journey())
    granted(season)
    season.hear(scan("order-1", Step.EXCEPTION, 20, ExceptionCause.DAMAGED))
    do_all_work(season.parts)

    entries = season.rows(
        "SELECT kind, amount FROM entries JOIN journals USING (journal_id) WHERE account = %s ORDER BY entry_id", HELD
    )
    assert [(row["kind"], row["amount"]) for row in entries] == [
        ("sale", 1990),
        ("refund_charge", -1990),
        ("adjustment", 1990),
    ]
    charges = season.rows("SELECT party, reversed_at IS NULL AS stands FROM charges ORDER BY charge_id")
    assert charges == [{"party": "farmer", "stands": False}, {"party": "carrier", "stands": True}]


def test_twelve_hours_late_by_the_farmer_and_eighteen_by_the_carrier_are_split_two_to_three(season: Season) -> None:
    season.put(order(paid_hours_ago=160), *journey(picked_up=100, delivered=10))
    claim_id = granted(season)

    assert borne(season, claim_id) == {"farmer": 796, "carrier": 1194}
    coupon_for_lateness = 300
    assert season.balance(RECEIVABLE) == -1194 - coupon_for_lateness
    assert season.balance(HELD) == 1990 - 796 - 300


def test_news_that_leave_the_shares_as_they_are_write_no_second_attribution(season: Season) -> None:
    season.put(order(), *journey())
    claim_id = granted(season)
    season.hear(scan("order-1", Step.ARRIVED, 30))
    do_all_work(season.parts)

    attributions = season.rows("SELECT FROM decisions WHERE claim_id = %s AND kind = 'attribution'", claim_id)
    assert len(attributions) == 1


def test_what_a_buyer_caused_is_never_taken_from_the_buyer(season: Season, bank: BankAtHand) -> None:
    season.put(
        order(), scan("order-1", Step.PICKED_UP, 50), scan("order-1", Step.EXCEPTION, 10, ExceptionCause.REFUSED)
    )
    claim_id = season.claim(cause="rotten", asked_bp=10000)
    do_all_work(season.parts)

    assert borne(season, claim_id) == {"buyer": 1990}
    assert season.balance("platform_buyer_fault") == -1990
    assert [effect["amount"] for effect in bank.effects()] == [1990]
