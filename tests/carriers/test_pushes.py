"""A provider's push at the door: believed when signed, on disk before it is answered, read by a worker."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from service.carriers.registry import PROVIDERS
from service.flows.keep_carrier_account import end_account, rotate_secret
from service.store import audit, payloads
from tests.carriers.conftest import Carriers
from tests.carriers.providers import API_KEY, JOURNEY_100, JOURNEY_NIAO, SALT, kdniao, kuaidi100, sf, signed_niao
from tests.stories.market import Market
from tests.web.conftest import problem

TAKEN = {"result": True, "returnCode": "200", "message": "成功"}


def test_a_push_is_answered_in_the_providers_form_and_is_on_disk_before_it_is_read(carriers: Carriers) -> None:
    answer = carriers.push("kuaidi100", kuaidi100("SF1", *JOURNEY_100))

    assert (answer.status_code, answer.get_json()) == (200, TAKEN)
    [stored] = carriers.market.sql("SELECT status, times, size_bytes > length(body) AS smaller FROM payloads")
    assert stored == {"status": "stored", "times": 1, "smaller": True}
    assert carriers.events() == []

    carriers.market.work()

    assert [event["step"] for event in carriers.events()] == ["picked_up", "departed", "delivered"]
    assert carriers.market.sql("SELECT status, events FROM payloads") == [{"status": "read", "events": 3}]


def test_a_push_that_is_neither_read_nor_due_breaks_a_promise(carriers: Carriers) -> None:
    carriers.push("kuaidi100", kuaidi100("SF1", *JOURNEY_100))
    with carriers.market.parts.db.transaction() as conn:
        kept = audit.broken_promises(conn)
        conn.execute("DELETE FROM work WHERE kind = 'read_payload'")
        broken = audit.broken_promises(conn)

    assert kept == []
    assert [one["promise"] for one in broken] == ["a push that was acknowledged is read, or will be"]


def test_an_event_says_who_told_it_in_which_assumed_zone_and_in_which_payload(carriers: Carriers) -> None:
    order_id = carriers.market.order(waybills=[{"carrier": "sf", "number": "SF1"}])
    carriers.told("kuaidi100", kuaidi100("SF1", JOURNEY_100[0]))

    [event] = carriers.order(order_id)["tracking"]

    assert (event["provider"], event["carrier"], event["weakly_signed"]) == ("kuaidi100", "SF", True)
    assert (event["zone_source"], event["assumed_zone"]) == ("assumed", "Asia/Shanghai")
    assert event["payload_id"].startswith("pld_")


def test_the_same_push_again_is_one_payload_with_a_count_and_no_work(carriers: Carriers) -> None:
    body = kuaidi100("SF1", *JOURNEY_100)
    carriers.told("kuaidi100", body)
    before = carriers.events()
    again = carriers.push("kuaidi100", body)

    assert again.get_json() == TAKEN
    assert carriers.market.sql("SELECT times FROM payloads") == [{"times": 2}]
    assert carriers.market.work() == 0
    assert carriers.events() == before


def test_the_same_push_twenty_times_at_once_is_one_payload_and_one_timeline(carriers: Carriers) -> None:
    carriers.open("kuaidi100")
    body = kuaidi100("SF1", *JOURNEY_100)
    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(lambda _: carriers.push("kuaidi100", body).status_code, range(20)))
    carriers.market.work()

    assert answers == [200] * 20
    assert carriers.market.sql("SELECT times, events FROM payloads") == [{"times": 20, "events": 3}]
    assert len(carriers.events()) == 3


def test_kdniao_is_answered_with_its_own_business_id(carriers: Carriers) -> None:
    carriers.open("kdniao", customer="1237100")

    said = carriers.push("kdniao", kdniao("SF1", *JOURNEY_NIAO)).get_json()

    assert (said["EBusinessID"], said["Success"], said["Reason"]) == ("1237100", True, "")
    assert said["UpdateTime"]


@pytest.mark.parametrize(
    ("said", "status"),
    [({"Count": "0"}, "read"), ({"Count": "0", "Data": []}, "read"), ({"Traces": [{"Action": "1"}]}, "unreadable")],
)
def test_a_push_of_kdniao_about_no_parcel_is_empty_but_one_without_its_number_is_not_read(
    carriers: Carriers, said: dict[str, Any], status: str
) -> None:
    carriers.told("kdniao", signed_niao(said))

    assert carriers.market.sql("SELECT status, events FROM payloads") == [{"status": status, "events": 0}]


@pytest.mark.parametrize(
    "body",
    [
        kuaidi100("SF1", *JOURNEY_100, salt="another salt"),
        kuaidi100("SF1", *JOURNEY_100)[:-1],
        kuaidi100("SF1", *JOURNEY_100).replace(b"sign=", b"nosign="),
        kuaidi100("SF1", *JOURNEY_100, salt=""),
        b"",
        b"param=%7B%7D&sign=",
        b"\xff\x00" * 100,
    ],
    ids=["other salt", "cut off", "no sign", "empty salt", "empty", "blank sign", "noise"],
)
def test_what_is_not_signed_is_refused_in_the_providers_form_and_nothing_is_kept(
    carriers: Carriers, body: bytes
) -> None:
    answer = carriers.push("kuaidi100", body)

    assert (answer.status_code, answer.get_json()["result"]) == (401, False)
    assert SALT not in answer.get_data(as_text=True)
    assert carriers.market.sql("SELECT * FROM payloads") == []


def test_a_path_that_leads_nowhere_is_not_found(carriers: Carriers) -> None:
    path = carriers.open("kuaidi100")
    body = kuaidi100("SF1", *JOURNEY_100)

    problem(carriers.push("kuaidi100", body, path + "x"), 404, "not_found")
    problem(carriers.push("kuaidi100", body, path.replace("kuaidi100", "kdniao")), 404, "not_found")
    problem(carriers.push("kuaidi100", body, path.replace("kuaidi100", "pigeons")), 404, "not_found")


def test_five_megabytes_are_taken_and_more_is_refused_in_the_providers_form(carriers: Carriers) -> None:
    full = kuaidi100("SF1", *JOURNEY_100)
    most = full + b"&rest=" + b"x" * (5 * 1024 * 1024 - len(full) - 6)

    taken, refused = carriers.push("kuaidi100", most), carriers.push("kuaidi100", most + b"x")

    assert taken.get_json() == TAKEN
    assert (refused.status_code, refused.get_json()["result"]) == (413, False)


def test_a_push_in_chunks_is_taken_whole_or_not_at_all(carriers: Carriers) -> None:
    path = carriers.open("sf")
    whole, over = sf("SF1", (5, "50")), sf("SF2", (5, "50")) + b" " * (5 << 20)

    def in_chunks(body: bytes) -> TestResponse:
        return carriers.market.http.post(
            path, data=body, headers={"Transfer-Encoding": "chunked"}, environ_overrides={"wsgi.input_terminated": True}
        )

    assert (in_chunks(whole).get_json()["return_code"], in_chunks(over).status_code) == ("0000", 413)
    assert carriers.market.sql("SELECT size_bytes FROM payloads") == [{"size_bytes": len(whole)}]


def test_ten_thousand_events_in_one_push_are_all_recorded(carriers: Carriers) -> None:
    traces = [(50 - n / 300, "1002", f"站点 {n}") for n in range(10_000)]

    carriers.told("kuaidi100", kuaidi100("SF1", *traces))

    assert carriers.market.sql("SELECT count(*) AS events FROM tracking_events") == [{"events": 10_000}]


def test_a_signed_push_that_cannot_be_read_is_taken_kept_and_noted_with_its_reason(carriers: Carriers) -> None:
    broken = kuaidi100("SF 1", *JOURNEY_100)

    answer = carriers.push("kuaidi100", broken)
    carriers.market.work()

    assert answer.get_json() == TAKEN
    with carriers.market.parts.db.transaction() as conn:
        [noted] = payloads.unreadable(conn)
    assert "lastResult.nu" in noted["because"]
    assert carriers.market.sql("SELECT * FROM work WHERE kind = 'read_payload'") == []
    assert carriers.push("kuaidi100", broken).get_json() == TAKEN


def test_an_event_that_lies_ahead_of_its_push_is_kept_without_a_step_and_spoils_no_other(carriers: Carriers) -> None:
    carriers.told("kuaidi100", kuaidi100("SF1", (-3, "301", "明日签收"), (5, "103", "已揽收")))

    told = carriers.market.sql("SELECT step, raw_code FROM tracking_events ORDER BY raw_code")
    assert [(row["step"], row["raw_code"]) for row in told] == [("picked_up", "103"), (None, "301")]


def test_two_secrets_are_live_during_a_rotation_and_one_after_it(carriers: Carriers) -> None:
    carriers.open("kuaidi100")
    parts = carriers.market.parts
    bodies = {salt: kuaidi100("SF1", *JOURNEY_100, salt=salt) for salt in (SALT, "the second salt", "the third salt")}

    def live() -> list[str]:
        return [salt for salt, body in bodies.items() if carriers.push("kuaidi100", body).status_code == 200]

    assert live() == [SALT]
    rotate_secret(parts.db, parts.vault, "kuaidi100", "main", "the second salt")
    assert live() == [SALT, "the second salt"]
    rotate_secret(parts.db, parts.vault, "kuaidi100", "main", "the third salt")
    assert live() == ["the second salt", "the third salt"]
    rotate_secret(parts.db, parts.vault, "kuaidi100", "main", None)
    assert live() == ["the third salt"]


def test_several_accounts_of_a_provider_have_their_own_secrets_and_one_that_ended_takes_nothing(
    carriers: Carriers,
) -> None:
    carriers.open("kuaidi100", "north")
    north = carriers.paths.pop("kuaidi100")
    south = carriers.open("kuaidi100", "south", secret="the salt of the south")
    southern = kuaidi100("SF1", *JOURNEY_100, salt="the salt of the south")

    crossed = carriers.push("kuaidi100", southern, north)
    taken = carriers.push("kuaidi100", southern, south)
    end_account(carriers.market.parts.db, "kuaidi100", "south")

    assert (crossed.status_code, taken.status_code) == (401, 200)
    problem(carriers.push("kuaidi100", southern, south), 404, "not_found")


def test_secrets_are_neither_in_the_database_nor_in_logs_nor_in_a_repr(
    carriers: Carriers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = carriers.open("kdniao", customer="1237100", query_key="the key for questions")
    carriers.push("kdniao", kdniao("SF1", *JOURNEY_NIAO, key="a wrong key"))
    carriers.push("kdniao", kdniao("SF1", *JOURNEY_NIAO))

    [row] = carriers.market.sql("SELECT to_jsonb(carrier_accounts)::text AS row FROM carrier_accounts")
    seen = row["row"] + caplog.text + repr(carriers.market.parts)

    assert not any(secret in seen for secret in (API_KEY, "the key for questions", path.rpartition("/")[2]))


def test_without_the_database_a_provider_hears_in_its_own_form_to_come_again(carriers: Carriers) -> None:
    carriers.open("kuaidi100")
    carriers.market.parts.db.close()

    answer = carriers.push("kuaidi100", kuaidi100("SF1", *JOURNEY_100))

    assert (answer.status_code, json.loads(answer.data)["result"]) == (503, False)


def test_with_a_key_that_opens_no_secret_a_push_is_not_lost_but_wanted_again(carriers: Carriers) -> None:
    carriers.open("kuaidi100")
    carriers.market.sql("UPDATE carrier_accounts SET secrets = ARRAY['sealed with a key that is gone']")

    answer = carriers.push("kuaidi100", kuaidi100("SF1", *JOURNEY_100))

    assert (answer.status_code, json.loads(answer.data)["result"]) == (503, False)
    assert carriers.market.sql("SELECT * FROM payloads") == []


def test_payloads_are_forgotten_when_their_time_is_over_and_their_events_stay(carriers: Carriers) -> None:
    carriers.told("kuaidi100", kuaidi100("SF1", *JOURNEY_100))
    carriers.market.sql("UPDATE payloads SET last_received_at = now() - interval '181 days'")

    with carriers.market.parts.db.transaction() as conn:
        assert payloads.forget_old(conn, 182) == 0
        assert payloads.forget_old(conn, 180) == 1

    assert len(carriers.events()) == 3


def test_unknown_codes_are_kept_raw_counted_and_shown_to_operators(carriers: Carriers, market: Market) -> None:
    order_id = market.order(waybills=[{"carrier": "SF", "number": "SF1"}])
    carriers.told("kuaidi100", kuaidi100("SF1", (9, "599", "机器人送达")))
    carriers.told("kuaidi100", kuaidi100("SF1", (9, "599", "机器人送达"), (8, "599", "机器人又来")))

    [listed] = market.call("operator", "GET", "/v1/carrier-codes/unknown").get_json()["data"]
    shown = carriers.order(order_id)

    assert (listed["provider"], listed["code"], listed["events"]) == ("kuaidi100", "599", 2)
    assert listed["sample"].startswith("机器人")
    assert [event["step"] for event in shown["tracking"]] == [None, None]
    assert shown["guarantees"][0]["status"] != "met"
    problem(market.call("orders", "GET", "/v1/carrier-codes/unknown"), 403, "scope_missing")


def test_a_code_that_a_table_knows_to_say_nothing_is_not_unknown(carriers: Carriers, market: Market) -> None:
    silent = next(code for code, meaning in PROVIDERS["17track"].codes.items() if meaning.step is None)
    market.sql(
        "INSERT INTO tracking_events (event_id, carrier, number, event_time, zone_source, provider, raw_code)"
        " VALUES ('e1', 'SF', 'SF1', now(), 'given', '17track', %s)",
        silent,
    )

    assert market.call("operator", "GET", "/v1/carrier-codes/unknown").get_json()["data"] == []
