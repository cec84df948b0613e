"""What no flow, however wrong, can do to a claim: the database itself refuses it."""

from contextlib import suppress
from itertools import product
from typing import Any

import psycopg
import pytest
from psycopg.errors import CheckViolation, UniqueViolation

from schemas.vocabulary import Status
from service.flows.answer_once import Refusal
from service.flows.open_claim import open_claim
from tests.builders import Season, line, order

TABLES = ("claims", "claim_evidence", "work", "idempotency_keys")


@pytest.fixture
def claim_id(season: Season) -> str:
    season.put(order())
    return season.claim(cause="missing")


def counts(season: Season) -> dict[str, int]:
    return {t: season.rows(f"SELECT count(*) AS rows FROM {t}")[0]["rows"] for t in TABLES}


def test_a_claim_moves_only_between_the_pairs_of_the_table(season: Season, claim_id: str, database_url: str) -> None:
    rows = season.rows("SELECT from_status, to_status FROM claim_transitions")
    allowed = {(row["from_status"], row["to_status"]) for row in rows}
    moved = set()
    with psycopg.connect(database_url, autocommit=True) as owner:
        for old, new in product([str(s) for s in Status], repeat=2):
            owner.execute("ALTER TABLE claims DISABLE TRIGGER claims_move_as_allowed")
            owner.execute("UPDATE claims SET status = %s", (old,))
            owner.execute("ALTER TABLE claims ENABLE TRIGGER claims_move_as_allowed")
            with suppress(CheckViolation):
                owner.execute("UPDATE claims SET status = %s", (new,))
                moved.add((old, new))

    assert moved == allowed | {(str(s), str(s)) for s in Status}
    assert not {new for old, new in allowed if old == Status.CANCELLED}


@pytest.mark.parametrize("refunded", [-1, 2191])
def test_a_line_is_never_refunded_below_nothing_or_above_what_was_paid(season: Season, refunded: int) -> None:
    season.put(order(lines=(line(paid=1990, freight=200),)))
    season.rows("UPDATE order_lines SET refunded = 2190")

    with pytest.raises(CheckViolation, match="nobody_gets_back_more_than_was_paid"):
        season.rows("UPDATE order_lines SET refunded = %s", refunded)


def test_a_refund_that_succeeded_never_moves_again(season: Season, claim_id: str) -> None:
    season.rows(
        """
        INSERT INTO refunds (claim_id, order_id, purpose, amount, currency, payee, channel, status)
        VALUES (%s, 'order-1', 'refund', 5, 'CNY', 'buyer', 'sandbox', 'succeeded')
        """,
        claim_id,
    )

    for status in ("pending", "unknown", "failed"):
        with pytest.raises(CheckViolation, match="cannot go from succeeded"):
            season.rows("UPDATE refunds SET status = %s", status)


_SAME_AGAIN = """
INSERT INTO claims
SELECT (jsonb_populate_record(claims, '{"claim_id": "again", "number": "again"}')).*
FROM claims
WHERE claim_id = %s
"""


def test_one_live_claim_per_line_and_cause_and_a_whole_order_counts_as_a_line(season: Season) -> None:
    season.put(order())
    for line_id in ("1", None):
        first = season.claim(line_id=line_id)
        second = open_claim(season.parts.db, season.intake(line_id=line_id))
        assert isinstance(second, Refusal)
        assert (second.code, first in second.detail) == ("claim_exists", True)
        with pytest.raises(UniqueViolation, match="one_live_claim_per_line_and_cause"):
            season.rows(_SAME_AGAIN, first)


def test_after_a_rejection_or_for_another_cause_a_line_can_be_claimed(season: Season, claim_id: str) -> None:
    season.claim(cause="rotten")
    season.rows("UPDATE claims SET status = 'rejected' WHERE claim_id = %s", claim_id)

    assert season.claim(cause="missing") != claim_id


def test_a_claim_is_taken_with_its_photos_its_work_and_its_key_or_not_at_all(season: Season) -> None:
    season.put(order())
    photo = season.upload()
    before = counts(season)
    season.claim(evidence_ids=(photo,))

    assert {t: counts(season)[t] - before[t] for t in TABLES} == dict.fromkeys(TABLES, 1)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"order_id": "order-x"}, "order_unknown"),
        ({"line_id": "7"}, "line_unknown"),
        ({"evidence_ids": ("evd_none",)}, "evidence_unknown"),
        ({"asked_bp": None, "quantity": 3.0}, "quantity_too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_claim_that_cannot_be_taken_leaves_nothing_behind(season: Season, wrong: dict[str, Any], code: str) -> None:
    season.put(order())
    before = counts(season)

    refused = open_claim(season.parts.db, season.intake(**wrong))

    assert isinstance(refused, Refusal)
    assert refused.code == code
    assert counts(season) == before


@pytest.mark.parametrize("table", ["claim_evidence", "work", "idempotency_keys"])
def test_an_intake_that_breaks_at_any_of_its_tables_leaves_nothing_behind(
    season: Season, database_url: str, table: str
) -> None:
    season.put(order())
    photo = season.upload()
    before = counts(season)
    with psycopg.connect(database_url) as owner:
        owner.execute(f"ALTER TABLE {table} ADD CONSTRAINT disk_trouble CHECK (false) NOT VALID")

    with pytest.raises(CheckViolation, match="disk_trouble"):
        season.claim(evidence_ids=(photo,))

    assert counts(season) == before
