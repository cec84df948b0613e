"""The courier's threads: so many at once and no more; nobody waits for a slow one beyond a moment."""

import threading
import time

import pytest

from service.webhooks.courier import PATIENCE_SECONDS, Courier


def test_slow_turns_are_left_to_themselves_after_a_moment() -> None:
    ends, done = threading.Event(), threading.Event()
    began = time.monotonic()

    begun = Courier(8).send_off([ends.wait, done.set])

    assert (begun, done.is_set(), ends.is_set()) == (2, True, False)
    assert PATIENCE_SECONDS <= time.monotonic() - began < PATIENCE_SECONDS + 1
    ends.set()


def test_what_finds_no_free_thread_is_not_begun_until_one_is_free_again() -> None:
    courier, ends = Courier(2), threading.Event()

    full = courier.send_off([ends.wait] * 3)
    none = courier.send_off([ends.wait])
    ends.set()
    time.sleep(0.2)
    again = courier.send_off([ends.wait] * 2)

    assert (full, none, again) == (2, 0, 2)


def test_a_turn_that_raises_gives_its_thread_back(monkeypatch: pytest.MonkeyPatch) -> None:
    courier = Courier(1)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)

    def fault() -> None:
        raise ValueError

    begun = [courier.send_off([fault]) for _ in range(3)]

    assert begun == [1, 1, 1]
