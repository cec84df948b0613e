"""The sweeper: of two one leads; without a broker it does the work itself."""

from collections.abc import Callable

import psycopg

from service.devstack.leashed import Leashed
from service.queues import Kind
from service.store import watch, work
from service.wiring.broker import Waker
from tests.builders import BankAtHand, Season
from tests.workers.conftest import within
from workers.sweeper import keep_house, sweep

NOWHERE = "redis://127.0.0.1:1/0"
START_SECONDS = 30.0


def test_without_a_broker_the_sweeper_decides_and_pays_what_nobody_has_done(
    season: Season, bank: BankAtHand, claim_id: str
) -> None:
    for _ in range(3):
        sweep(season.parts, Waker(NOWHERE), stale_seconds=0)

    claim = season.read(claim_id)
    assert (claim["status"], claim["refund_status"]) == ("approved", "succeeded")
    assert len(bank.effects()) == 1


def test_what_is_due_only_now_is_left_to_the_workers(season: Season, claim_id: str) -> None:
    sweep(season.parts, Waker(NOWHERE))

    assert season.read(claim_id)["status"] == "submitted"


def test_the_sweeper_parks_what_killed_its_worker_every_time_and_leaves_a_sign_of_life(season: Season) -> None:
    with season.parts.db.transaction() as conn:
        work.add(conn, Kind.FOLLOW_PARCEL, ["parcel"])
        conn.execute("UPDATE work SET attempts = 8")

    sweep(season.parts, Waker(NOWHERE))

    with season.parts.db.transaction() as conn:
        assert [row["subject_id"] for row in work.parked(conn)] == ["parcel"]
        assert [row["process"] for row in watch.beats(conn)] == ["sweeper"]


def test_keeping_house_forgets_keys_past_their_time_and_no_others(season: Season, claim_id: str) -> None:
    assert season.rows("SELECT count(*) AS keys FROM idempotency_keys") == [{"keys": 1}]
    keep_house(season.parts)
    kept = season.rows("SELECT count(*) AS keys FROM idempotency_keys")
    season.rows("UPDATE idempotency_keys SET created_at = now() - interval '31 days'")
    keep_house(season.parts)

    assert (kept, season.rows("SELECT key FROM idempotency_keys")) == ([{"keys": 1}], [])


def test_keeping_house_keeps_up_with_more_keys_than_a_batch_holds(season: Season, claim_id: str) -> None:
    season.rows(
        """
        INSERT INTO idempotency_keys (client_id, key, request_sha256, status_code, answer, created_at)
        SELECT client_id, 'old-' || n, request_sha256, status_code, answer, now() - interval '31 days'
        FROM idempotency_keys
        CROSS JOIN generate_series(1, 2500) AS n
        """
    )

    keep_house(season.parts)

    assert season.rows("SELECT count(*) AS keys FROM idempotency_keys") == [{"keys": 1}]


def test_of_two_candidates_one_leads_until_its_connection_ends(season: Season, database_url: str) -> None:
    with watch.candidacy(season.parts.db) as first, watch.candidacy(season.parts.db) as second:
        assert (watch.leads(first), watch.leads(first), watch.leads(second)) == (True, True, False)
        first.close()
        assert within(5, lambda: watch.leads(second))


def test_when_the_leading_sweeper_is_killed_the_other_takes_over(
    season: Season, database_url: str, start: Callable[..., Leashed]
) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        first = start("workers.sweeper", redis_url=NOWHERE)
        assert within(START_SECONDS, lambda: leader(conn) is not None), first.last_words()
        led_by = leader(conn)
        second = start("workers.sweeper", redis_url=NOWHERE)
        assert within(START_SECONDS, lambda: sweepers(conn) >= 2), second.last_words()
        assert leader(conn) == led_by
        first.kill()

        assert within(START_SECONDS, lambda: leader(conn) not in (None, led_by)), second.last_words()


def leader(conn: psycopg.Connection) -> int | None:
    row = conn.execute(
        """
        SELECT pid
        FROM pg_locks
        JOIN pg_database ON pg_database.oid = pg_locks.database
        WHERE locktype = 'advisory' AND datname = current_database()
            AND (classid::bigint << 32 | objid::bigint) = %s
        """,
        (watch.SWEEPER_LOCK,),
    ).fetchone()
    return row[0] if row else None


def sweepers(conn: psycopg.Connection) -> int:
    """How many connections ask for the lock; each candidate keeps one."""
    row = conn.execute(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid()
        """
    ).fetchone()
    return int(row[0]) if row else 0
