"""A carrier's debt follows its charge, and its filing deadline makes itself heard."""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from typing import Any

import psycopg
import pytest
from psycopg.errors import CheckViolation

from schemas.vocabulary import ExceptionCause, RecoveryStatus, Step
from service.domain.parcel import Parcel
from service.domain.postings import carrier_receivable
from service.flows import pursue_recovery as pursuing
from service.flows.answer_once import Answered, Refusal, Request
from service.flows.follow_charges import Recharged, follow_charges
from service.flows.pursue_recovery import Pursuit, pursue_recovery
from service.store import audit, recoveries
from tests.builders import CARRIER, Season, ago, journey, order, scan
from tests.conftest import do_all_work
from tests.flows.test_races import at_once

RECEIVABLE = carrier_receivable(CARRIER)
FILE, RECOVER = pursuing.Step.FILE, pursuing.Step.RECOVER
REFUSE, WRITE_OFF = pursuing.Step.REFUSE, pursuing.Step.WRITE_OFF


@pytest.fixture(autouse=True)
def every_promise_is_kept(season: Season) -> Iterator[None]:
    """Whatever the test did, the audit finds nothing."""
    yield
    do_all_work(season.parts)
    with season.parts.db.autocommit() as conn:
        assert audit.broken_promises(conn) == []


def charged_to_the_carrier(season: Season, order_id: str = "order-1") -> str:
    """Let a carrier damage strawberries, and return the recovery that follows."""
    season.put(order(order_id), *journey(order_id))
    season.hear(scan(order_id, Step.EXCEPTION, 20, ExceptionCause.DAMAGED))
    season.claim(order_id, cause="rotten", asked_bp=10000, evidence_ids=(season.upload(),))
    do_all_work(season.parts)
    [row] = season.rows("SELECT recovery_id FROM recoveries WHERE order_id = %s", order_id)
    return str(row["recovery_id"])


def read(season: Season, recovery_id: str) -> dict[str, Any]:
    with season.parts.db.autocommit() as conn:
        found = recoveries.find(conn, recovery_id)
    assert found
    return found


def figures(season: Season, recovery_id: str) -> tuple[str, int, int, int, int]:
    row = read(season, recovery_id)
    return row["status"], row["amount"], row["recovered"], row["written_off"], row["overpaid"]


def take(season: Season, recovery_id: str, step: pursuing.Step, **carried: Any) -> Answered | Refusal:
    request = Request(season.app, secrets.token_hex(8), b"s" * 32)
    carried = {"reference": "R-1", "because": "said so"} | carried
    return pursue_recovery(season.parts.db, request, recovery_id, Pursuit(step, **carried))


def hear_that_packing_was_late(season: Season, order_id: str = "order-1") -> None:
    """News that share the loss between farmer and carrier: the order was paid long before its first scan."""
    season.rows("UPDATE orders SET paid_at = paid_at - interval '6 days' WHERE order_id = %s", order_id)
    season.hear(scan(order_id, Step.ARRIVED, 30))
    do_all_work(season.parts)


def test_a_charge_of_a_carrier_is_due_to_be_recovered_before_the_carrier_s_own_deadline(season: Season) -> None:
    recovery_id = charged_to_the_carrier(season)

    assert figures(season, recovery_id) == ("due", 1990, 0, 0, 0)
    [row] = season.rows(
        """
        SELECT filing_due_at - min(event_time) = interval '90 days' AS for_sf
        FROM recoveries JOIN tracking_events ON number = order_id
        WHERE recovery_id = %s AND step = 'picked_up'
        GROUP BY filing_due_at
        """,
        recovery_id,
    )
    assert row == {"for_sf": True}


def test_no_other_party_s_charge_is_recovered(season: Season) -> None:
    season.put(order(), *journey())
    season.claim(cause="rotten", asked_bp=10000, evidence_ids=(season.upload(),))
    do_all_work(season.parts)

    assert season.rows("SELECT FROM recoveries") == []


def test_what_came_in_is_in_the_ledger_once(season: Season) -> None:
    recovery_id = charged_to_the_carrier(season)
    take(season, recovery_id, FILE)

    cash = season.balance("cash")
    answers = at_once([lambda: take(season, recovery_id, RECOVER)] * 20)

    assert sum(isinstance(answer, Answered) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, Refusal)} == {"step_not_available"}
    assert (season.balance(RECEIVABLE), season.balance("cash") - cash) == (0, -1990)


def test_a_refusal_can_be_filed_again_or_written_off_as_the_platforms_loss(season: Season) -> None:
    recovery_id = charged_to_the_carrier(season)

    for step in (FILE, REFUSE, FILE, REFUSE, WRITE_OFF):
        assert isinstance(take(season, recovery_id, step), Answered)

    assert figures(season, recovery_id) == ("written_off", 1990, 0, 1990, 0)
    assert (season.balance(RECEIVABLE), season.balance("platform_carrier_loss")) == (0, -1990)


def test_more_than_is_outstanding_is_not_taken_in(season: Season) -> None:
    recovery_id = charged_to_the_carrier(season)
    take(season, recovery_id, RECOVER, amount=1000, currency="CNY")

    refusal = take(season, recovery_id, RECOVER, amount=991, currency="CNY")

    assert isinstance(refusal, Refusal)
    assert refusal.code == "amount_above_outstanding"
    assert "9.91 CNY, outstanding are 9.90 CNY" in refusal.detail
    wrong = take(season, recovery_id, RECOVER, amount=9, currency="USD")
    assert isinstance(wrong, Refusal)
    assert wrong.code == "currency_differs"


def test_who_saw_an_older_version_is_told_so(season: Season) -> None:
    recovery_id = charged_to_the_carrier(season)
    take(season, recovery_id, FILE, version=1)

    refusal = take(season, recovery_id, REFUSE, version=1)

    assert isinstance(refusal, Refusal)
    assert refusal.code == "version_stale"


def test_a_better_attribution_lowers_what_is_filed(season: Season) -> None:
    recovery_id = charged_to_the_carrier(season)
    take(season, recovery_id, FILE)
    hear_that_packing_was_late(season)

    status, amount, *_ = figures(season, recovery_id)
    assert status == "filed"
    assert 0 < amount < 1990
    assert season.balance(RECEIVABLE) == -amount
    assert read(season, recovery_id)["status_detail"] == "charge_changed"


def test_another_charge_of_the_same_amount_is_no_new_version(season: Season) -> None:
    recovery_id = charged_to_the_carrier(season)
    take(season, recovery_id, FILE)
    before = read(season, recovery_id)
    season.rows("UPDATE charges SET reversed_at = now()")
    [charge] = season.rows(
        """
        INSERT INTO charges (claim_id, order_id, decision_id, party, party_id, share_bp, amount, currency, because)
        SELECT claim_id, order_id, decision_id, party, party_id, share_bp, amount, currency, because
        FROM charges
        RETURNING charge_id
        """
    )

    with season.parts.db.transaction() as conn:
        claim = Recharged(before["claim_id"], "order-1", Parcel(), ago(0))
        assert follow_charges(conn, season.parts.library, [claim]) == []

    assert read(season, recovery_id) == before | {"charge_id": charge["charge_id"]}


def test_what_came_in_on_a_charge_that_was_lowered_is_owed_back(season: Season) -> None:
    recovery_id = charged_to_the_carrier(season)
    take(season, recovery_id, RECOVER)
    hear_that_packing_was_late(season)

    status, amount, recovered, _, overpaid = figures(season, recovery_id)
    assert (status, recovered, overpaid) == ("recovered", amount, 1990 - amount)
    assert season.balance(RECEIVABLE) == overpaid > 0


def test_a_loss_on_a_charge_that_was_lowered_is_taken_back(season: Season) -> None:
    recovery_id = charged_to_the_carrier(season)
    take(season, recovery_id, WRITE_OFF)
    hear_that_packing_was_late(season)

    _, amount, _, written_off, _ = figures(season, recovery_id)
    assert written_off == amount < 1990
    assert (season.balance(RECEIVABLE), season.balance("platform_carrier_loss")) == (0, -amount)


def test_a_charge_that_goes_to_another_cancels_the_recovery(season: Season) -> None:
    recovery_id = charged_to_the_carrier(season)
    season.rows("DELETE FROM tracking_events WHERE step = 'exception'")
    season.hear(scan("order-1", Step.ARRIVED, 30))
    do_all_work(season.parts)

    assert figures(season, recovery_id) == ("cancelled", 0, 0, 0, 0)
    assert season.balance(RECEIVABLE) == 0


def filing_due_in(season: Season, days: float) -> None:
    season.rows("UPDATE recoveries SET filing_due_at = now() + make_interval(hours => %s)", int(days * 24))
    season.hasten()
    do_all_work(season.parts)


def test_a_deadline_is_said_to_be_near_and_then_to_have_passed(season: Season) -> None:
    recovery_id = charged_to_the_carrier(season)
    heard = []
    for days in (4, 2, -1):
        filing_due_in(season, days)
        row = read(season, recovery_id)
        heard.append((row["status_detail"], row["overdue"]))

    assert heard == [("charged", False), ("filing_near", False), ("filing_overdue", True)]
    assert season.rows("SELECT FROM work WHERE kind = 'remind_filing'") == []


def test_what_is_filed_in_time_is_never_overdue(season: Season) -> None:
    recovery_id = charged_to_the_carrier(season)
    take(season, recovery_id, FILE)
    filing_due_in(season, -1)

    row = read(season, recovery_id)
    assert (row["status_detail"], row["overdue"]) == ("filed", False)


def test_a_carrier_s_debts_are_aged_by_days(season: Season) -> None:
    for number, days in enumerate((1, 45, 75, 200)):
        recovery_id = charged_to_the_carrier(season, f"order-{number}")
        season.rows(
            "UPDATE recoveries SET opened_at = now() - make_interval(days => %s) WHERE recovery_id = %s",
            days,
            recovery_id,
        )
    take(season, recovery_id, RECOVER, amount=990, currency="CNY")
    season.rows("UPDATE recoveries SET filing_due_at = now() - interval '1 day' WHERE order_id = 'order-1'")

    with season.parts.db.autocommit() as conn:
        [aged] = recoveries.ageing(conn, None)
        assert recoveries.ageing(conn, "nobody") == []

    assert [aged[name] for name in ("days_0_29", "days_30_59", "days_60_89", "days_90_up")] == [1990, 1990, 1990, 1000]
    assert (aged["open"], aged["outstanding"], aged["overdue"], aged["overdue_amount"]) == (4, 6970, 1, 1990)


def test_a_recovery_moves_only_between_the_pairs_of_the_table(season: Season, database_url: str) -> None:
    charged_to_the_carrier(season)
    rows = season.rows("SELECT from_status, to_status FROM recovery_transitions")
    allowed = {(row["from_status"], row["to_status"]) for row in rows}
    moved = set()
    ended = ("recovered", "written_off", "cancelled")
    told = "UPDATE recoveries SET status = %s, filed_at = now(), ended_at = CASE WHEN %s THEN now() END"
    with psycopg.connect(database_url, autocommit=True) as owner:
        for old, new in product([str(s) for s in RecoveryStatus], repeat=2):
            owner.execute("ALTER TABLE recoveries DISABLE TRIGGER recoveries_move_as_allowed")
            owner.execute(told, (old, old in ended))
            owner.execute("ALTER TABLE recoveries ENABLE TRIGGER recoveries_move_as_allowed")
            with suppress(CheckViolation):
                owner.execute(told, (new, new in ended))
                moved.add((old, new))
        owner.execute("ALTER TABLE recoveries DISABLE TRIGGER recoveries_move_as_allowed")
        owner.execute(told, ("due", False))

    assert moved == allowed | {(str(s), str(s)) for s in RecoveryStatus}


@pytest.mark.parametrize(
    ("figures_", "constraint"),
    [
        ("recovered = 1991", "nobody_recovers_more_than_was_charged"),
        ("recovered = 1000, written_off = 991", "nobody_recovers_more_than_was_charged"),
        ("recovered = -1", "recovered_figures_are_not_negative"),
        ("overpaid = 1", "only_a_full_recovery_is_overpaid"),
        ("status = 'filed'", "a_filed_recovery_says_when"),
        ("status = 'recovered', recovered = 1990", "an_ended_recovery_says_when"),
    ],
)
def test_no_flow_can_write_figures_that_cannot_be(season: Season, figures_: str, constraint: str) -> None:
    charged_to_the_carrier(season)

    with pytest.raises(CheckViolation, match=constraint):
        season.rows(f"UPDATE recoveries SET {figures_}")
