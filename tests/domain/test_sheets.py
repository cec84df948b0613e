"""Sheets are text that comes back as the same value, byte by byte."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from schemas.vocabulary import Step
from service.domain.decision import decide
from service.domain.liability import attribute
from service.domain.parcel import folded
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


@pytest.mark.parametrize(
    "readings",
    [
        '"readings":[{"at":"2026-03-01T20:00:00Z","celsius":12.0},{"at":"2026-03-02T09:00:00Z","celsius":3.0}]',
        '"readings":[{"at":"2026-03-01T20:00:00Z","celsius":12.0,"device":"LOG-7"},'
        '{"at":"2026-03-02T09:00:00Z","celsius":3.0,"device":"LOG-7"}]',
    ],
)
def test_a_sheet_from_before_readings_were_folded_or_named_devices_is_read_as_ever(readings: str) -> None:
    kept = canonical(facts(parcel=travelled(10, 58))).replace('"readings":[]', readings, 1)

    read = facts_from(kept)

    assert canonical(read) == kept
    [share] = attribute(read, PUBLISHED, 900).shares
    assert share.because == "leg 1 warm: up to 12 °C, 8 °C promised, 13 h above it"


def test_a_sheet_keeps_what_a_loggers_readings_come_to_and_says_the_same_of_them() -> None:
    every_minute = [reading(10 + minute / 60, 12 if minute % 7 else 3, device="LOG-7") for minute in range(2_000)]
    whole = travelled(10, 58, *every_minute)
    sheet = facts(parcel=folded(whole))

    assert '"held":[{"celsius":3.0,"device":"LOG-7","lasted_us":17160000000},' in canonical(sheet)
    assert len(canonical(sheet)) < 3_000
    assert facts_from(canonical(sheet)) == sheet
    assert attribute(sheet, PUBLISHED, 900) == attribute(facts(parcel=whole), PUBLISHED, 900)


def test_times_are_written_in_utc_whatever_zone_they_came_in() -> None:
    shanghai = timezone(timedelta(hours=8))

    assert iso(datetime(2026, 1, 1, 8, tzinfo=shanghai)) == "2026-01-01T00:00:00Z"


def test_keys_are_sorted_and_chinese_stays_readable() -> None:
    text = canonical(facts(note="少了两盒"))

    assert "少了两盒" in text
    assert text.index('"as_of"') < text.index('"buyer"') < text.index('"claim"')
