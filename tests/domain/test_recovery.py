"""What a carrier owes is its charge less what came in and what was lost, whatever the charge becomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.vocabulary import RecoveryStatus
from service.domain.recovery import ENDED, Debt, Standing, given_up, received, recharged

DUE = Standing(RecoveryStatus.DUE, 6880)
FILED = Standing(RecoveryStatus.FILED, 6880)


def test_money_in_part_and_in_full() -> None:
    part = received(FILED, 1000)
    whole = received(part, 5880)

    assert (part.status, part.outstanding) == (RecoveryStatus.PARTLY_RECOVERED, 5880)
    assert (whole.status, whole.outstanding) == (RecoveryStatus.RECOVERED, 0)


def test_what_is_left_of_an_unfiled_one_is_still_to_be_filed() -> None:
    part = received(DUE, 1000)

    assert (part.status, part.outstanding) == (RecoveryStatus.DUE, 5880)
    assert received(part, 5880).status is RecoveryStatus.RECOVERED


@pytest.mark.parametrize("amount", [0, -1, 6881])
def test_nobody_recovers_nothing_or_more_than_is_outstanding(amount: int) -> None:
    with pytest.raises(ValueError, match="6880 outstanding"):
        received(DUE, amount)


def test_what_is_written_off_is_the_rest() -> None:
    lost = given_up(received(DUE, 1000))

    assert (lost.status, lost.recovered, lost.written_off) == (RecoveryStatus.WRITTEN_OFF, 1000, 5880)


@pytest.mark.parametrize("status", [RecoveryStatus.DUE, RecoveryStatus.FILED, RecoveryStatus.REFUSED])
def test_an_open_one_keeps_its_state_when_its_charge_changes(status: RecoveryStatus) -> None:
    assert recharged(Standing(status, 6880), 4000) == Standing(status, 4000)


def test_a_charge_taken_back_cancels_and_what_came_in_is_owed_back() -> None:
    cancelled = recharged(received(DUE, 1000), 0)

    assert cancelled == Standing(RecoveryStatus.CANCELLED, 0, overpaid=1000)
    assert recharged(cancelled, 6880) == received(FILED, 1000)


def test_a_lower_charge_takes_the_loss_back_before_the_money() -> None:
    lost = given_up(received(DUE, 1000))

    assert recharged(lost, 2000) == Standing(RecoveryStatus.WRITTEN_OFF, 2000, 1000, 1000)
    assert recharged(lost, 1000) == Standing(RecoveryStatus.RECOVERED, 1000, 1000)
    assert recharged(lost, 600) == Standing(RecoveryStatus.RECOVERED, 600, 600, overpaid=400)


def test_a_higher_charge_opens_an_ended_one_again() -> None:
    assert recharged(received(DUE, 6880), 7000).status is RecoveryStatus.PARTLY_RECOVERED
    assert recharged(given_up(DUE), 7000) == Standing(RecoveryStatus.DUE, 7000, written_off=6880)


def test_every_journal_is_about_its_carrier_and_balances() -> None:
    debt = Debt("rcv_1", 3, "SF", "CNY", "order-1", "clm_1")

    assert debt.recovered(500).entries == (("cash", -500), ("carrier:SF", 500))
    assert debt.written_off(-500).entries == (("platform_carrier_loss", 500), ("carrier:SF", -500))
    assert debt.recovered(500).source != debt.written_off(500).source


@given(st.lists(st.tuples(st.sampled_from(["charge", "money", "loss"]), st.integers(0, 9000)), max_size=12))
def test_no_unit_is_lost_between_charges_money_and_losses(moves: list[tuple[str, int]]) -> None:
    standing, paid = DUE, 0
    for move, amount in moves:
        match move:
            case "charge":
                standing = recharged(standing, amount)
            case "money" if 0 < amount <= standing.outstanding:
                standing, paid = received(standing, amount), paid + amount
            case "loss" if standing.outstanding:
                standing = given_up(standing)
        assert standing.recovered + standing.overpaid == paid
        assert min(standing.outstanding, standing.written_off, standing.recovered, standing.overpaid) >= 0
        assert standing.overpaid == 0 or standing.recovered == standing.amount
        assert (standing.outstanding == 0) == (standing.status in ENDED)
