"""Events are told with what makes them true, and a reader who goes on from its place misses none."""

from typing import Any

import psycopg
import pytest

from schemas.vocabulary import Action, EventType, Party
from service.flows.pay_farmer import draw_payouts
from service.store import audit, events, webhooks
from service.store.migrate import FOLDER
from service.webhooks.signature import new_secret, sealed
from tests.builders import FARMER, BankAtHand, Season, admitted, journey, order
from tests.conftest import do_all_work
from workers.sweeper import keep_house

START = (0, "")
TELL = "INSERT INTO events (type, owner, farmer_id, data) VALUES ('claim.opened', %s, %s, '{}') RETURNING event_id"


def read(season: Season, client_id: str, after: tuple[int, str] = START, most: int = 100) -> list[dict[str, Any]]:
    with season.parts.db.autocommit() as conn:
        return events.feed(conn, client_id, *after, most)


def types(season: Season) -> list[str]:
    return [row["type"] for row in season.rows("SELECT type FROM events ORDER BY xact, event_id")]


def test_an_event_committed_behind_a_later_one_is_not_missed(season: Season, database_url: str) -> None:
    reader = admitted(season.parts, "subscriber")
    with psycopg.connect(database_url) as slow:
        [early] = slow.execute(TELL, ("a", None)).fetchone() or [None]
        [late] = season.rows(TELL, "b", None)
        seen_meanwhile = read(season, reader)
        slow.commit()
    seen = read(season, reader)

    assert seen_meanwhile == [], "what is after an open transaction is not told yet"
    assert [row["event_id"] for row in seen] == [early, late["event_id"]]


def test_a_change_that_is_rolled_back_is_never_told(season: Season) -> None:
    season.put(order(paid_hours_ago=2))
    with season.parts.db.transaction() as conn:
        conn.execute("SELECT 1")
        claim_id = season.claim(cause="not_shipped", asked_bp=10000)
        conn.execute("UPDATE claims SET status = 'cancelled' WHERE claim_id = %s", (claim_id,))
        conn.rollback()

    assert types(season) == ["claim.opened"]


def test_each_sees_its_own_and_what_has_no_owner_only_those_who_see_everything(season: Season) -> None:
    other, farmer = admitted(season.parts), admitted(season.parts, "farmer", FARMER)
    everything, deaf = admitted(season.parts, "subscriber"), admitted(season.parts, "orders")
    told = [
        season.rows(TELL, owner, farmer_id)[0]["event_id"]
        for owner, farmer_id in [(season.app, FARMER), (other, "f-2"), (None, FARMER), (None, None)]
    ]

    def seen(client_id: str) -> list[int]:
        return [told.index(row["event_id"]) for row in read(season, client_id)]

    assert seen(season.app) == [0]
    assert seen(other) == [1]
    assert seen(farmer) == [0, 2]
    assert seen(everything) == [0, 1, 2, 3]
    assert seen(deaf) == [], "a client without the scope"


@pytest.mark.parametrize("end", ["revoked_at = now()", "expires_at = now() - interval '1 second'"])
def test_a_client_that_has_ended_sees_nothing(season: Season, end: str) -> None:
    season.rows(TELL, season.app, None)
    season.rows(f"UPDATE clients SET {end} WHERE client_id = %s", season.app)

    assert read(season, season.app) == []


def test_pages_meet_without_gap_or_overlap(season: Season) -> None:
    reader = admitted(season.parts, "subscriber")
    told = [season.rows(TELL, "a", None)[0]["event_id"] for _ in range(7)]
    place, found = START, []
    while page := read(season, reader, place, 2):
        found += [row["event_id"] for row in page]
        place = (page[-1]["xact"], page[-1]["event_id"])

    assert found == told


def test_every_change_of_a_claim_is_told_once(season: Season, bank: BankAtHand) -> None:
    season.put(order(), *journey())
    claim_id = season.claim(asked_bp=2500, evidence_ids=(season.upload(),))
    do_all_work(season.parts)
    season.act(claim_id, Party.BUYER, Action.APPEAL, reason="it was worse")
    season.act(claim_id, Party.PLATFORM, Action.APPROVE, reason="so it was", amount=1990)
    do_all_work(season.parts)

    told = season.rows("SELECT type, data FROM events WHERE claim_id = %s ORDER BY xact, event_id", claim_id)
    of_claim = [(row["type"], row["data"]["status"]) for row in told if row["type"].startswith("claim")]
    assert of_claim == [
        ("claim.opened", "submitted"),
        ("claim.approved", "approved_partial"),
        ("claim.refunded", "approved_partial"),
        ("claim.in_review", "in_review"),
        ("claim.approved", "approved"),
        ("claim.refunded", "approved"),
    ]
    versions = [row["data"]["version"] for row in told if row["type"].startswith("claim")]
    assert versions == sorted(set(versions))
    assert "charge.reversed" in [row["type"] for row in told]


def test_refunds_that_fail_and_payouts_are_told(season: Season, bank: BankAtHand) -> None:
    season.put(order(paid_hours_ago=24 * 30), *journey(picked_up=24 * 29, delivered=24 * 27))
    season.put(order("order-2", paid_hours_ago=2))
    season.claim("order-2", cause="not_shipped", asked_bp=10000)
    bank.misbehave("refuse", count=1)
    do_all_work(season.parts)
    season.hasten()
    do_all_work(season.parts)
    [paid] = draw_payouts(season.parts.db, "sandbox")
    do_all_work(season.parts)

    assert {"refund.failed", "payout.created", "payout.paid"} <= set(types(season))
    [row] = season.rows("SELECT farmer_id, owner, data FROM events WHERE type = 'payout.paid'")
    assert (row["farmer_id"], row["owner"], row["data"]["payout_id"]) == (FARMER, None, paid)


def test_the_words_of_the_database_are_those_of_the_vocabulary() -> None:
    texts = "".join(path.read_text() for path in FOLDER.glob("*.sql"))
    elsewhere = {EventType.WEBHOOK_TEST}

    assert [kind for kind in EventType if f"'{kind}'" not in texts and kind not in elsewhere] == []


def test_events_are_never_rewritten(season: Season) -> None:
    season.rows(TELL, "a", None)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        season.rows("UPDATE events SET type = 'claim.rejected'")


def test_events_past_their_time_are_forgotten_with_their_deliveries(season: Season, database_url: str) -> None:
    client = admitted(season.parts, "subscriber")
    with season.parts.db.transaction() as conn:
        wanted = {"url": "http://127.0.0.1:1/", "event_types": [], "description": ""}
        webhook = webhooks.add(conn, client, wanted, sealed(season.parts.vault, new_secret(b"r" * 32)))["webhook_id"]
    old, young = (season.rows(TELL, "a", None)[0]["event_id"] for _ in range(2))
    with season.parts.db.transaction() as conn:
        webhooks.lay_out(conn, webhook)
        webhooks.remove(conn, client, webhook)
    with psycopg.connect(database_url) as owner:
        owner.execute("UPDATE events SET occurred_at = now() - interval '91 days' WHERE event_id = %s", (old,))
    keep_house(season.parts)
    left = season.rows("SELECT event_id FROM deliveries")
    with psycopg.connect(database_url) as owner:
        owner.execute("UPDATE events SET occurred_at = now() - interval '91 days'")
    keep_house(season.parts)

    assert left == [{"event_id": young}]
    assert season.rows("SELECT event_id FROM events") == season.rows("SELECT webhook_id FROM webhooks") == []


def test_after_a_dump_was_restored_into_a_new_cluster_two_statements_bring_the_feed_back(
    season: Season, database_url: str
) -> None:
    reader = admitted(season.parts, "subscriber")
    told = [season.rows(TELL, "a", None)[0]["event_id"] for _ in range(2)]
    with season.parts.db.transaction() as conn:
        wanted = {"url": "http://127.0.0.1:1/", "event_types": [], "description": ""}
        webhook = webhooks.add(conn, reader, wanted, sealed(season.parts.vault, new_secret(b"r" * 32)))["webhook_id"]
    with psycopg.connect(database_url) as owner:
        owner.execute("UPDATE events SET xact = '9999999999'")
        owner.execute("UPDATE webhooks SET after_xact = '9999999999'")
    with season.parts.db.transaction() as conn:
        broken = audit.broken_promises(conn)
    with psycopg.connect(database_url) as owner:
        owner.execute("UPDATE events SET xact = '3'")
        owner.execute(
            """
            UPDATE webhooks
            SET after_xact = '3', after_id = coalesce(nullif(after_id, ''), (SELECT max(event_id) FROM events), '')
            """
        )
    told += [season.rows(TELL, "a", None)[0]["event_id"]]
    with season.parts.db.transaction() as conn:
        webhooks.lay_out(conn, webhook)

    assert [found["subject"] for found in broken] == told[:2]
    assert [row["event_id"] for row in read(season, reader)] == told
    assert season.rows("SELECT event_id FROM deliveries") == [{"event_id": told[2]}]


def test_an_event_that_was_not_told_is_found_by_the_audit(season: Season, database_url: str) -> None:
    season.put(order(paid_hours_ago=2))
    claim_id = season.claim(cause="not_shipped", asked_bp=10000)
    do_all_work(season.parts)
    with season.parts.db.transaction() as conn:
        well = audit.broken_promises(conn)
    season.rows("DELETE FROM events WHERE type = 'claim.refunded'")
    with season.parts.db.transaction() as conn:
        [broken] = audit.broken_promises(conn)

    assert well == []
    assert (broken["subject"], broken["detail"]) == (claim_id, "claim.refunded was not told")


def test_the_feed_is_read_through_its_indexes(season: Season, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(
            """
            INSERT INTO events (xact, type, owner, farmer_id, data)
            SELECT number::text::xid8, 'claim.opened', 'cli_' || number % 50, 'f-' || number % 500, '{}'
            FROM generate_series(10, 600) AS number, generate_series(1, 20)
            """
        )
        owner.execute("ANALYZE events")
        for client in (season.app, admitted(season.parts, "farmer", "f-7"), admitted(season.parts, "subscriber")):
            query = events.visible_after("'100'::xid8", "''", 50)
            plan = owner.execute(
                f"EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF) SELECT event.* FROM clients AS reader"
                f" CROSS JOIN LATERAL ({query}) AS event WHERE reader.client_id = '{client}'"
            ).fetchall()
            text = "\n".join(line for (line,) in plan)
            assert "Seq Scan on events" not in text, text
            assert "Rows Removed by Filter" not in text.replace("Rows Removed by Filter: 0", ""), text
