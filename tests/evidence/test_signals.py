"""A signal on a photo speaks only when no clock and no time zone could explain what it saw."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.evidence.base import PhotoContext
from service.evidence.inspection import Inspection, refused
from service.evidence.registry import SIGNALS, signals

PAID_AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
CONTEXT = PhotoContext(paid_at=PAID_AT, received_at=PAID_AT + timedelta(days=3))
PHOTO = Inspection(readable=True, media_type="image/jpeg", format="JPEG", width=64, height=48)


def names(captured_at: str | None, context: PhotoContext = CONTEXT) -> list[str]:
    return [signal.name for signal in signals(replace(PHOTO, captured_at=captured_at), context)]


def test_a_photo_older_than_the_payment_is_named_with_both_moments() -> None:
    (signal,) = signals(replace(PHOTO, captured_at="2026-05-01T11:00:00+00:00"), CONTEXT)

    assert signal.name == "captured_before_payment"
    assert "2026-05-01T11:00:00+00:00" in signal.because
    assert "paid only at 2026-05-01T12:00:00+00:00" in signal.because
    assert signal.detail["captured_at"] == "2026-05-01T11:00:00+00:00"


@pytest.mark.parametrize(
    ("captured_at", "found"),
    [
        ("2026-05-01T19:49:59+08:00", ["captured_before_payment"]),
        ("2026-05-01T19:50:00+08:00", []),
        ("2026-05-02T09:00:00+08:00", []),
        ("2026-05-04T12:10:00+00:00", []),
        ("2026-05-04T12:10:01+00:00", ["captured_after_receipt"]),
    ],
)
def test_a_clock_that_runs_ten_minutes_off_says_nothing(captured_at: str, found: list[str]) -> None:
    assert names(captured_at) == found


@pytest.mark.parametrize(
    ("captured_at", "found"),
    [
        ("2026-04-30T23:49:59", ["captured_before_payment"]),
        ("2026-04-30T23:50:00", []),
        ("2026-05-05T02:10:00", []),
        ("2026-05-05T02:10:01", ["captured_after_receipt"]),
    ],
)
def test_without_a_zone_every_zone_on_earth_must_agree(captured_at: str, found: list[str]) -> None:
    assert names(captured_at) == found


def test_a_missing_moment_proves_nothing() -> None:
    assert names(None) == []
    assert signals(refused("the file is empty"), CONTEXT) == ()


def test_an_order_not_yet_paid_can_not_be_preceded() -> None:
    assert names("2020-01-01T00:00:00+00:00", replace(CONTEXT, paid_at=None)) == []


def test_every_signal_goes_by_the_name_it_is_registered_under() -> None:
    for captured_at in ("2020-01-01T00:00:00", "2099-01-01T00:00:00"):
        inspection = replace(PHOTO, captured_at=captured_at)
        for name, find in SIGNALS:
            signal = find(inspection, CONTEXT)
            assert signal is None or signal.name == name
    assert len({name for name, _ in SIGNALS}) == len(SIGNALS)
