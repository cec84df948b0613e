"""Times are read with the zone they give, and where they give none, it is assumed and recorded."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.carriers.base import PushUnreadable, ZoneSource
from service.carriers.times import CHINA, moment, offset, zone_of

QUIETLY = settings(derandomize=True, deadline=None, database=None)
EIGHT = datetime(2026, 11, 3, 8, tzinfo=CHINA)


@pytest.mark.parametrize("text", ["2026-11-03T08:00:00+08:00", "2026-11-03T00:00:00Z", "2026-11-02 19:00:00-05:00"])
def test_a_given_zone_counts(text: str) -> None:
    assert moment(text, "time", CHINA) == (EIGHT, ZoneSource.GIVEN)


@pytest.mark.parametrize("text", ["2026-11-03T08:00:00", "2026-11-03 08:00:00", "2026-11-03 08:00", "20261103T080000"])
def test_without_a_zone_the_assumed_one_counts_and_is_recorded(text: str) -> None:
    at, source = moment(text, "time", CHINA)

    assert (at, source, at.tzname()) == (EIGHT, ZoneSource.ASSUMED, "Asia/Shanghai")


@pytest.mark.parametrize(
    ("country", "hours"), [("CN", 8), ("CHN", 8), ("JP", 9), ("THA", 7), ("USA", 8), ("", 8), (None, 8)]
)
def test_a_country_with_one_zone_tells_it_and_china_is_assumed_elsewhere(country: str | None, hours: int) -> None:
    assert zone_of(country).utcoffset(None) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["+08:00", "-03:30", "Z", "+0800"])
def test_an_offset_is_read(text: str) -> None:
    assert abs(offset(text, "zone").utcoffset(None)) <= timedelta(hours=8)


@QUIETLY
@given(st.text(max_size=40))
def test_any_text_is_a_time_of_this_century_or_unreadable(text: str) -> None:
    with contextlib.suppress(PushUnreadable):
        at, _ = moment(text, "time", CHINA)
        assert 1999 <= at.astimezone(UTC).year <= 2100


@QUIETLY
@given(st.text(max_size=10))
def test_any_text_is_an_offset_or_unreadable(text: str) -> None:
    with contextlib.suppress(PushUnreadable):
        assert offset(text, "zone").utcoffset(None) is not None
