"""Amounts are whole minor units, and are told as people write them."""

from datetime import timedelta

import pytest

from service.domain.money import share_of, split
from service.domain.order import freight_by_line
from service.domain.wording import lasting, money, percent


@pytest.mark.parametrize(("amount", "bp", "part"), [(5, 1000, 1), (4, 1000, 0), (10_000, 3_333, 3_333), (7, 10_000, 7)])
def test_a_half_unit_rounds_up_in_the_buyers_favour(amount: int, bp: int, part: int) -> None:
    assert share_of(amount, bp) == part


def test_units_that_do_not_divide_go_to_the_largest_fractions_and_ties_to_the_earlier() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(10, [1, 2, 4]) == [1, 3, 6]


def test_weights_of_nothing_give_all_to_the_first() -> None:
    assert split(7, [0, 0]) == [7, 0]


@pytest.mark.parametrize(("total", "weights"), [(1, []), (1, [-1, 2]), (-1, [1])])
def test_what_cannot_be_split_is_refused_with_the_remedy(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="give at least one weight, none negative"):
        split(total, weights)


def test_freight_follows_what_was_paid_for_each_line() -> None:
    assert freight_by_line(1_000, [3_000, 1_000]) == [750, 250]


@pytest.mark.parametrize(
    ("amount", "currency", "told"), [(1990, "CNY", "19.90 CNY"), (5, "CNY", "0.05 CNY"), (1990, "JPY", "1990 JPY")]
)
def test_money_is_told_in_the_currencys_own_form(amount: int, currency: str, told: str) -> None:
    assert money(amount, currency) == told


@pytest.mark.parametrize(("bp", "told"), [(3000, "30 %"), (3333, "33.33 %"), (1, "0.01 %"), (10_000, "100 %")])
def test_shares_are_told_in_percent(bp: int, told: str) -> None:
    assert percent(bp) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 h"), (1, "1 min"), (3_600, "1 h"), (86_400, "24 h"), (86_401, "24 h 1 min"), (86_400.9, "24 h")],
)
def test_a_span_is_told_in_hours_and_started_minutes(seconds: float, told: str) -> None:
    assert lasting(timedelta(seconds=seconds)) == told
