"""Callbacks of the bank: believed only when signed, fresh and unchanged."""

from collections.abc import Callable
from typing import Any

import pytest

from service.refunds.base import ChannelSettings, NoticeRefused, Outcome, RefundChannel, Transfer
from service.refunds.registry import open_channels

SECRET = "the-bank-and-we-share-this-secret"


def test_a_transfer_in_process_is_pending_until_the_bank_calls_back(
    bank: Any, mailbox: Any, sandbox: RefundChannel, strawberries: Transfer
) -> None:
    bank.misbehave("processing", count=1, seconds=0.05)

    assert sandbox.send(strawberries).outcome is Outcome.PENDING
    notice = sandbox.read_notice(*mailbox.next())

    assert (notice.transfer_id, notice.amount, notice.currency) == ("rfd_strawberries", 1990, "CNY")
    assert notice.answer.outcome is Outcome.DONE
    assert notice.answer == sandbox.ask(strawberries)


def test_a_transfer_in_process_may_end_in_a_refusal(
    bank: Any, mailbox: Any, sandbox: RefundChannel, strawberries: Transfer
) -> None:
    bank.misbehave("processing", seconds=0)
    bank.misbehave("refuse")

    assert sandbox.send(strawberries).outcome is Outcome.PENDING
    assert sandbox.read_notice(*mailbox.next()).answer.outcome is Outcome.REFUSED
    assert bank.effects() == []


def test_a_duplicate_callback_says_the_same_twice_of_one_effect(
    bank: Any, mailbox: Any, sandbox: RefundChannel, strawberries: Transfer
) -> None:
    bank.misbehave("processing", seconds=0)
    bank.misbehave("duplicate_callback")

    sandbox.send(strawberries)
    first, second = mailbox.next(), mailbox.next()

    assert sandbox.read_notice(*first) == sandbox.read_notice(*second)
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert len(bank.effects()) == 1


def test_a_callback_that_is_kept_back_is_found_by_asking(
    bank: Any, mailbox: Any, sandbox: RefundChannel, strawberries: Transfer
) -> None:
    bank.misbehave("no_callback", count=1)
    bank.misbehave("duplicate_callback", count=1)
    sandbox.send(strawberries)

    assert sandbox.ask(strawberries).outcome is Outcome.DONE
    assert mailbox.letters.empty()


@pytest.fixture
def callback(bank: Any, mailbox: Any, sandbox: RefundChannel, strawberries: Transfer) -> tuple[dict[str, str], bytes]:
    bank.misbehave("processing", seconds=0)
    sandbox.send(strawberries)
    headers, body = mailbox.next()
    return headers, body


def test_a_changed_callback_is_refused(sandbox: RefundChannel, callback: tuple[dict[str, str], bytes]) -> None:
    headers, body = callback

    with pytest.raises(NoticeRefused, match="no signature fits"):
        sandbox.read_notice(headers, body.replace(b"1990", b"9990"))


def test_a_callback_without_a_signature_is_refused(
    sandbox: RefundChannel, callback: tuple[dict[str, str], bytes]
) -> None:
    with pytest.raises(NoticeRefused, match="must all be there"):
        sandbox.read_notice({}, callback[1])


def test_a_callback_signed_with_another_secret_is_refused(
    open_sandbox: Callable[..., RefundChannel], callback: tuple[dict[str, str], bytes]
) -> None:
    stranger = open_sandbox(secret="not-the-secret-of-this-bank")

    with pytest.raises(NoticeRefused, match="no signature fits"):
        stranger.read_notice(*callback)


def test_a_callback_of_six_minutes_ago_is_refused(mailbox: Any, callback: tuple[dict[str, str], bytes]) -> None:
    headers, body = callback
    settings = ChannelSettings("http://127.0.0.1:1", SECRET, None, "", mailbox.origin, 0.2)
    six_minutes_later = int(headers["webhook-timestamp"]) + 360
    sandbox = open_channels(settings, clock=lambda: six_minutes_later)["sandbox"]

    with pytest.raises(NoticeRefused, match="360 s away from this clock, the limit is 300 s"):
        sandbox.read_notice(headers, body)


def test_a_callback_meant_for_another_channel_is_refused(
    bank: Any, mailbox: Any, callback: tuple[dict[str, str], bytes]
) -> None:
    settings = ChannelSettings(None, "", bank.url, SECRET, mailbox.origin, 0.2)

    with pytest.raises(NoticeRefused, match="no signature fits"):
        open_channels(settings)["http"].read_notice(*callback)
