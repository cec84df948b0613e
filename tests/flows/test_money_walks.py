"""Ways through the money model that chance seldom takes: the edges of a buyer's day and of a farmer's hours."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.builders import BankAtHand, Season
from tests.flows.service_side import under_the_first_policy
from tests.flows.test_money_model import MoneyModel

UNSENT = ("unsent", 2.5, "not_shipped", 0)
Step = Callable[[MoneyModel], None]


def refunded_at_once(model: MoneyModel) -> None:
    """A buyer's next express refund of the day."""
    model.sell_and_claim(UNSENT, 1990, 10_000, None, None)


def farmer_asked(model: MoneyModel) -> None:
    """An order that is left too late to be free to leave, and long before its shipping deadline."""
    model.sell([1990], 501, "unsent", 7.5, 0)
    model.claim(len(model.sold) - 1, "not_shipped", 10_000, whole=True, photos=0, fault=None)


def passed(hours: int) -> Step:
    """So many hours later."""
    return lambda model: model.time_passes(hours, None)


@pytest.mark.parametrize(
    ("steps", "statuses"),
    [
        ([refunded_at_once] * 4, ["approved", "approved", "approved", "in_review"]),
        ([*[refunded_at_once] * 3, passed(25), refunded_at_once], ["approved"] * 4),
        ([farmer_asked, passed(25), passed(7)], ["needs_action"]),
        ([farmer_asked, passed(37)], ["approved"]),
    ],
)
def test_the_service_stands_where_plain_numbers_say_after_each_step(
    season: Season, bank: BankAtHand, steps: list[Step], statuses: list[str]
) -> None:
    MoneyModel.season = replace(season, parts=under_the_first_policy(season.parts))
    MoneyModel.bank, MoneyModel.photos = bank, (season.upload(), season.upload())
    model = MoneyModel()

    for step in steps:
        step(model)
        model.every_claim_stands_as_reckoned()
        model.every_line_and_sale_stands_as_reckoned()
        model.the_farmer_has_what_is_reckoned_and_the_books_balance()

    assert [claim.status for claim in model.market.claims if not claim.by_system] == statuses
    model.teardown()
