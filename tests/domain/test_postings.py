"""Every movement of money is a journal that sums to zero, posted once for its source."""

import pytest

from schemas.vocabulary import Party
from service.domain import postings
from service.domain.liability import Share
from service.domain.postings import Journal

SHARES = [
    Share(Party.FARMER, "far_li", 5_000, 500, "late"),
    Share(Party.CARRIER, "sf", 3_000, 300, "warm"),
    Share(Party.BUYER, "buy_wang", 1_000, 100, "fetched late"),
    Share(Party.PLATFORM, "platform", 1_000, 100, "goodwill"),
]


def charged(released: bool = False) -> list[Journal]:
    return postings.charges("dec_1", "CNY", SHARES, "ord_1", "clm_1", released)


@pytest.mark.parametrize(
    "journal",
    [
        postings.sale("ord_1", 1, "far_li", "CNY", 1_000, False),
        postings.sale("ord_1", 2, "far_li", "CNY", -1_000, True),
        postings.grant("rfd_1", "CNY", 1_000, "ord_1", "clm_1"),
        postings.refund_paid("rfd_1", "CNY", 1_000, "ord_1", "clm_1"),
        *charged(),
        postings.charge_reversed("chg_1", "CNY", SHARES[0], "ord_1", "clm_1", False),
        postings.release(7, "sale", "far_li", "CNY", 1_000, "ord_1", None),
        postings.payout_drawn("pay_1", "far_li", "CNY", 1_000),
        postings.payout_paid("pay_1", "CNY", 1_000),
    ],
    ids=lambda journal: journal.source,
)
def test_a_journal_sums_to_zero(journal: Journal) -> None:
    assert sum(amount for _, amount in journal.entries) == 0
    assert all(amount for _, amount in journal.entries)


def test_each_party_is_charged_on_its_own_account_and_the_buyer_on_none() -> None:
    assert [journal.entries[0] for journal in charged()] == [
        ("farmer_held:far_li", -500),
        ("carrier:sf", -300),
        ("platform_buyer_fault", -100),
        ("platform_goodwill", -100),
    ]


def test_a_farmer_is_charged_where_the_sale_lies() -> None:
    assert charged(released=True)[0].entries[0] == ("farmer_available:far_li", -500)


def test_charges_give_back_the_whole_advance() -> None:
    assert sum(dict(journal.entries)[postings.ADVANCES] for journal in charged()) == 1_000


def test_a_share_of_nothing_moves_nothing() -> None:
    assert postings.charges("dec_1", "CNY", [Share(Party.CARRIER, "sf", 1, 0, "warm")], "ord_1", "clm_1", False) == []


def test_a_reversal_undoes_a_charge_exactly() -> None:
    taken_back = postings.charge_reversed("chg_1", "CNY", SHARES[0], "ord_1", "clm_1", False)

    moved = [dict(charged()[0].entries), dict(taken_back.entries)]
    assert {account: sum(m[account] for m in moved) for account in moved[0]} == {
        "farmer_held:far_li": 0,
        postings.ADVANCES: 0,
    }


def test_no_two_journals_share_a_source() -> None:
    sources = [journal.source for journal in charged()]

    assert len(set(sources)) == len(sources)
