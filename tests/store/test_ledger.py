"""The ledger refuses, in the database itself, whatever would make money appear, vanish or be rewritten."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege, NotNullViolation, RestrictViolation

from service.domain.postings import Journal
from service.store import ledger
from tests.builders import Season, order

APPEND_ONLY = ("journals", "entries", "decisions")
ACCOUNTS = [f"account {n}" for n in range(4)]


def journal(source: str, *entries: tuple[str, int]) -> Journal:
    return Journal(source, "test", "CNY", entries or (("cash", -5), ("held", 5)))


def post(season: Season, *journals: Journal) -> int:
    with season.parts.db.transaction() as conn:
        return ledger.post(conn, journals)


def sums(season: Season) -> dict[str, int]:
    rows = season.rows("SELECT account, sum(amount)::bigint AS balance FROM entries GROUP BY account")
    return {row["account"]: row["balance"] for row in rows}


def balances(season: Season) -> dict[str, int]:
    with season.parts.db.transaction() as conn:
        return {row["account"]: row["balance"] for row in ledger.balances(conn, [*ACCOUNTS, "cash", "held"])}


@pytest.mark.parametrize(
    "wrong",
    [
        journal("unbalanced", ("cash", -5), ("held", 6)),
        journal("one-sided", ("cash", -5)),
        replace(journal("empty"), entries=()),
        journal("of zero", ("cash", 0), ("held", 0)),
    ],
    ids=lambda wrong: wrong.source,
)
def test_a_journal_that_does_not_balance_or_moves_nothing_is_refused_with_all_beside_it(
    season: Season, wrong: Journal
) -> None:
    with pytest.raises(CheckViolation):
        post(season, journal("sound"), wrong)

    assert season.rows("SELECT source FROM journals") == []


def test_a_journal_that_balances_over_two_currencies_only_is_refused(season: Season) -> None:
    season.rows("INSERT INTO accounts (account, currency) VALUES ('cash', 'CNY'), ('cash', 'EUR')")

    with pytest.raises(CheckViolation, match="does not balance"):
        season.rows(
            """
            WITH made AS (INSERT INTO journals (source, kind) VALUES ('mixed', 'test') RETURNING journal_id)
            INSERT INTO entries (journal_id, account, currency, amount)
            SELECT journal_id, 'cash', currency, amount
            FROM made, (VALUES ('CNY', 5), ('EUR', -5)) AS entry (currency, amount)
            """
        )


def test_an_entry_slipped_into_an_old_journal_is_refused(season: Season) -> None:
    post(season, journal("old"))

    with pytest.raises(CheckViolation, match="does not balance"):
        season.rows(
            """
            INSERT INTO entries (journal_id, account, currency, amount)
            SELECT max(journal_id), 'cash', 'CNY', 1 FROM journals
            """
        )


def test_an_entry_without_an_amount_is_refused(season: Season) -> None:
    post(season, journal("old"))

    with pytest.raises(NotNullViolation):
        season.rows(
            "INSERT INTO entries (journal_id, account, currency) SELECT max(journal_id), 'cash', 'CNY' FROM journals"
        )


REWRITINGS = ("UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE")
COLUMN = {"journals": "kind", "entries": "amount", "decisions": "amount"}


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("rewriting", REWRITINGS, ids=["update", "delete", "truncate"])
def test_what_was_written_can_be_changed_by_nobody(
    decided: Season, database_url: str, table: str, rewriting: str
) -> None:
    statement = rewriting.format(table, COLUMN[table], COLUMN[table])
    with psycopg.connect(database_url) as owner, pytest.raises(RestrictViolation, match="append-only"):
        owner.execute(statement)
    with pytest.raises(InsufficientPrivilege):
        decided.rows(statement)


@pytest.fixture
def decided(season: Season) -> Season:
    """A season with a row in every table that is append-only."""
    season.put(order())
    claim_id = season.claim(cause="not_shipped")
    season.rows(
        """
        INSERT INTO decisions (claim_id, kind, outcome, amount, policy_id, facts, result)
        SELECT claim_id, 'decision', 'approved', 0, policy_id, '', '' FROM claims WHERE claim_id = %s
        """,
        claim_id,
    )
    return season


def test_the_service_can_neither_drop_its_guards_nor_become_the_owner_of_them(season: Season) -> None:
    for statement in (
        "ALTER TABLE entries DISABLE TRIGGER ALL",
        "DROP TRIGGER entries_are_append_only ON entries",
        "DELETE FROM claim_transitions",
        "SET session_replication_role = 'replica'",
    ):
        with pytest.raises(InsufficientPrivilege), season.parts.db.transaction() as conn:
            conn.execute(statement.encode())


def test_the_same_source_posts_once_and_says_so(season: Season) -> None:
    assert post(season, journal("refund 1"), journal("refund 2")) == 2
    assert post(season, journal("refund 2", ("cash", -9), ("held", 9)), journal("refund 3")) == 1
    assert sums(season) == {"cash": -15, "held": 15}


def test_twenty_who_post_the_same_source_at_once_post_it_once(season: Season) -> None:
    with ThreadPoolExecutor(20) as threads:
        added = list(threads.map(lambda _: post(season, journal("the one refund")), range(20)))

    assert sum(added) == 1
    assert sums(season) == {"cash": -5, "held": 5}


def test_balances_agree_with_the_entries_and_roll_ups_lose_none_while_eight_post(season: Season) -> None:
    def post_many(seed: int) -> None:
        drawn = random.Random(seed)
        for n in range(60):
            one, other = drawn.sample(ACCOUNTS, 2)
            amount = drawn.randint(1, 10_000)
            post(season, journal(f"{seed} {n}", (one, -amount), (other, amount)))

    def roll_up_and_read(_: int) -> None:
        for _ in range(60):
            with season.parts.db.transaction() as conn:
                ledger.roll_up(conn, entries_least=3)
            assert sum(balances(season).values()) == 0

    with ThreadPoolExecutor(9) as threads:
        at_work: list[Callable[[int], Any]] = [post_many] * 8 + [roll_up_and_read]
        for done in [threads.submit(job, seed) for seed, job in enumerate(at_work)]:
            done.result(timeout=60)

    rolled_up = season.rows("SELECT count(*) AS accounts FROM accounts WHERE rolled_up_to > 0")
    assert rolled_up == [{"accounts": len(ACCOUNTS)}]
    assert balances(season) == sums(season)
    with season.parts.db.transaction() as conn:
        while ledger.roll_up(conn, entries_least=1):
            pass
        assert ledger.drift(conn) == 0
    assert season.rows("SELECT account, rolled_up FROM accounts ORDER BY account") == [
        {"account": account, "rolled_up": balance} for account, balance in sorted(sums(season).items())
    ]


def test_a_roll_up_never_passes_over_an_entry_that_is_not_committed_yet(season: Season) -> None:
    post(season, journal("first"))
    with ThreadPoolExecutor(1) as thread:
        with season.parts.db.transaction() as slow:
            ledger.post(slow, [journal("slow")])
            post(season, journal("quick"))
            rolling = thread.submit(_roll_up, season)
        rolling.result(timeout=10)

    assert season.balance("held") == 15
    assert season.rows("SELECT rolled_up FROM accounts WHERE account = 'held'") == [{"rolled_up": 15}]


def _roll_up(season: Season) -> int:
    with season.parts.db.transaction() as conn:
        return ledger.roll_up(conn, entries_least=1)
