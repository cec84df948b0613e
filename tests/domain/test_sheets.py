"""Sheets are text that comes back as the same value, byte by byte."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from schemas.vocabulary import Step
from service.domain.decision import decide
from service.domain.remedies import PaidAs
from service.domain.sheet import canonical, facts_from, iso
from tests.domain.builders import PUBLISHED, facts, parcel, reading, scan, travelled


def test_a_fact_sheet_survives_storage() -> None:
    sheet = facts(parcel=travelled(10, 58, scan(20, Step.DEPARTED, celsius=7.5)), ruled=500, note="已打包")

    assert facts_from(canonical(sheet)) == sheet


def test_a_whole_degree_from_the_database_is_the_same_sheet_as_one_from_storage() -> None:
    sheet = facts(parcel=parcel(scan(20, Step.DEPARTED, celsius=7)))

    assert canonical(facts_from(canonical(sheet))) == canonical(sheet)


def test_a_replay_gives_the_same_bytes() -> None:
    sheet = facts(asked_bp=3_001)

    again = decide(facts_from(canonical(sheet)), PUBLISHED)
    assert canonical(again).encode() == canonical(decide(sheet, PUBLISHED)).encode()


def test_what_a_decision_gained_later_is_told_only_where_it_says_something() -> None:
    decision = decide(facts(), PUBLISHED)

    assert "paid_as" not in canonical(decision)
    assert '"paid_as":"coupon"' in canonical(replace(decision, paid_as=PaidAs.COUPON))


def test_a_reading_without_a_device_is_stored_as_it_was_before_devices_were_told_apart() -> None:
    without, with_one = (facts(parcel=travelled(10, 58, reading(20, 7, device=device))) for device in (None, "LOG-7"))

    assert '"readings":[{"at":"2026-03-01T20:00:00Z","celsius":7.0}]' in canonical(without)
    assert '"readings":[{"at":"2026-03-01T20:00:00Z","celsius":7.0,"device":"LOG-7"}]' in canonical(with_one)
    assert facts_from(canonical(with_one)) == with_one


def test_times_are_written_in_utc_whatever_zone_they_came_in() -> None:
    shanghai = timezone(timedelta(hours=8))

    assert iso(datetime(2026, 1, 1, 8, tzinfo=shanghai)) == "2026-01-01T00:00:00Z"


def test_keys_are_sorted_and_chinese_stays_readable() -> None:
    text = canonical(facts(note="少了两盒"))

    assert "少了两盒" in text
    assert text.index('"as_of"') < text.index('"buyer"') < text.index('"claim"')
