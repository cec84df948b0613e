"""A claim comes in although its connection to Postgres is cut on the way."""

import time
from threading import Thread

import psycopg

from service.flows.answer_once import Answered, Refusal
from service.flows.open_claim import open_claim
from tests.builders import Season, order

PATIENCE_SECONDS = 10.0


def test_a_claim_whose_connection_is_cut_on_the_way_is_stored_once(season: Season, database_url: str) -> None:
    season.put(order())
    answers: list[Answered | Refusal] = []
    asked = season.intake()
    opening = Thread(target=lambda: answers.append(open_claim(season.parts.db, asked)))

    with psycopg.connect(database_url) as holding:
        holding.execute("SELECT FROM orders FOR UPDATE")
        opening.start()
        cut_who_waits(database_url)
    opening.join(PATIENCE_SECONDS)

    assert [type(answer) for answer in answers] == [Answered]
    assert season.rows("SELECT claim_id FROM claims") == [{"claim_id": asked.claim_id}]


def cut_who_waits(database_url: str) -> None:
    """End the one connection that waits for a lock, once it does."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    with psycopg.connect(database_url, autocommit=True) as conn:
        while time.monotonic() < ends_at:
            cut = conn.execute(
                """
                SELECT pg_terminate_backend(pid, 5000)
                FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """
            ).fetchall()
            if cut:
                return
            time.sleep(0.01)
    raise AssertionError("nobody waits for the order")
