"""The channels against the real sandbox bank: whatever goes wrong on the way, money moves at most once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from service.refunds.base import ChannelSettings, Outcome, RefundChannel, Transfer
from service.refunds.registry import open_channels

SECRET = "the-bank-and-we-share-this-secret"
OpenSandbox = Callable[..., RefundChannel]


def test_a_refund_is_done_and_the_payee_has_it(bank: Any, sandbox: RefundChannel, strawberries: Transfer) -> None:
    answer = sandbox.send(strawberries)

    assert answer.outcome is Outcome.DONE
    [effect] = bank.effects()
    assert effect["reference"] == answer.reference
    assert (effect["id"], effect["payee"], effect["amount"]) == ("rfd_strawberries", "byr_li", 1990)


def test_the_same_transfer_sent_again_gets_the_same_answer_and_moves_nothing_more(
    bank: Any, sandbox: RefundChannel, strawberries: Transfer
) -> None:
    first = sandbox.send(strawberries)
    second = sandbox.send(replace(strawberries, reason="the same, told in other words"))

    assert second == first
    [effect] = bank.effects()
    assert effect["times_asked"] == 2


def test_twenty_senders_of_one_transfer_move_money_once(
    bank: Any, sandbox: RefundChannel, strawberries: Transfer
) -> None:
    with ThreadPoolExecutor(20) as senders:
        list(senders.map(sandbox.send, [strawberries] * 20))

    assert sandbox.ask(strawberries).outcome is Outcome.DONE
    assert len(bank.effects()) == 1


def test_the_same_id_with_another_amount_is_refused_and_says_what_it_stands_for(
    bank: Any, sandbox: RefundChannel, strawberries: Transfer
) -> None:
    sandbox.send(strawberries)
    answer = sandbox.send(replace(strawberries, amount=2990))

    assert answer.outcome is Outcome.REFUSED
    assert "rfd_strawberries stands for a refund of 1990 CNY to byr_li" in answer.because
    assert [effect["amount"] for effect in bank.effects()] == [1990]


def test_an_id_that_now_means_another_amount_is_unknown_when_asked(
    sandbox: RefundChannel, strawberries: Transfer
) -> None:
    sandbox.send(strawberries)
    answer = sandbox.ask(replace(strawberries, amount=2990))

    assert answer.outcome is Outcome.UNKNOWN
    assert "over 2990 CNY, told about rfd_strawberries over 1990 CNY" in answer.because


def test_a_time_out_after_success_is_unknown_until_asked_again(
    bank: Any, sandbox: RefundChannel, strawberries: Transfer
) -> None:
    bank.misbehave("timeout_after_success", count=1)

    assert sandbox.send(strawberries).outcome is Outcome.UNKNOWN
    assert sandbox.ask(strawberries).outcome is Outcome.DONE
    assert sandbox.send(strawberries).outcome is Outcome.DONE
    assert len(bank.effects()) == 1


@pytest.mark.parametrize("fault", ["error_500", "error_500_after_success"])
def test_a_500_is_unknown_and_sending_again_moves_money_once(
    fault: str, bank: Any, sandbox: RefundChannel, strawberries: Transfer
) -> None:
    bank.misbehave(fault, count=1)

    answer = sandbox.send(strawberries)
    assert answer.outcome is Outcome.UNKNOWN
    assert "HTTP 500" in answer.because
    assert sandbox.send(strawberries).outcome is Outcome.DONE
    assert len(bank.effects()) == 1


def test_a_bank_slower_than_our_patience_is_unknown_and_still_pays_once(
    bank: Any, sandbox: RefundChannel, strawberries: Transfer
) -> None:
    bank.misbehave("slow", count=1, seconds=0.3)

    answer = sandbox.send(strawberries)
    assert answer.outcome is Outcome.UNKNOWN
    assert "timed out" in answer.because
    assert sandbox.send(strawberries).outcome is Outcome.DONE
    assert len(bank.effects()) == 1


def test_a_bank_slow_within_our_patience_is_done(bank: Any, sandbox: RefundChannel, strawberries: Transfer) -> None:
    bank.misbehave("slow", seconds=0.02)

    assert sandbox.send(strawberries).outcome is Outcome.DONE


def test_a_refusal_stays_a_refusal_and_moves_nothing(bank: Any, sandbox: RefundChannel, strawberries: Transfer) -> None:
    bank.misbehave("refuse", count=1)

    assert sandbox.send(strawberries).outcome is Outcome.REFUSED
    assert sandbox.send(strawberries).outcome is Outcome.REFUSED
    assert bank.effects() == []


def test_a_transfer_that_never_arrived_is_unknown_and_says_to_send_it_again(
    sandbox: RefundChannel, strawberries: Transfer
) -> None:
    answer = sandbox.ask(strawberries)

    assert answer.outcome is Outcome.UNKNOWN
    assert "never arrived: send it again with the same id" in answer.because


def test_a_bank_that_is_not_there_is_unknown(open_sandbox: OpenSandbox, strawberries: Transfer) -> None:
    nobody = open_sandbox(url="http://127.0.0.1:1")

    answer = nobody.send(strawberries)
    assert answer.outcome is Outcome.UNKNOWN
    assert "sandbox did not answer PUT http://127.0.0.1:1/v1/transfers/rfd_strawberries" in answer.because


def test_an_answer_that_is_not_of_the_protocol_is_unknown(
    bank: Any, open_sandbox: OpenSandbox, strawberries: Transfer
) -> None:
    wrong_place = open_sandbox(url=bank.url + "/healthz?")

    assert wrong_place.ask(strawberries).outcome is Outcome.UNKNOWN


def test_a_transfer_signed_with_another_secret_is_unknown_and_moves_nothing(
    bank: Any, open_sandbox: OpenSandbox, strawberries: Transfer
) -> None:
    answer = open_sandbox(secret="not-the-secret-of-this-bank").send(strawberries)

    assert answer.outcome is Outcome.UNKNOWN
    assert "HTTP 401: no signature fits" in answer.because
    assert bank.effects() == []


@pytest.mark.parametrize("live", [f"brand-new-secret-of-our-own,{SECRET}", f"{SECRET},the-one-that-is-on-its-way-out"])
def test_while_secrets_rotate_both_are_believed(live: str, open_sandbox: OpenSandbox, strawberries: Transfer) -> None:
    assert open_sandbox(secret=live).send(strawberries).outcome is Outcome.DONE


def test_a_transfer_of_nothing_cannot_be_made(strawberries: Transfer) -> None:
    with pytest.raises(ValueError, match="at least 1 minor unit"):
        replace(strawberries, amount=0)


def test_only_channels_with_a_url_are_open() -> None:
    settings = ChannelSettings(None, "", "https://pay.example", SECRET, "https://makegood.example", 5)

    assert list(open_channels(settings)) == ["http"]


def test_a_payment_service_over_plain_http_is_not_opened() -> None:
    settings = ChannelSettings(None, "", "http://pay.example", SECRET, "https://makegood.example", 5)

    with pytest.raises(ValueError, match="not https: give its https address"):
        open_channels(settings)


def test_the_http_channel_speaks_the_same_protocol(bank: Any, strawberries: Transfer) -> None:
    settings = ChannelSettings(None, "", bank.url, SECRET, "https://makegood.example", 0.2)

    assert open_channels(settings)["http"].send(strawberries).outcome is Outcome.DONE


def test_secrets_do_not_show_when_settings_or_channels_are_printed() -> None:
    settings = ChannelSettings("http://127.0.0.1:1", SECRET, None, SECRET, "https://makegood.example", 5)

    assert SECRET not in f"{settings!r} {open_channels(settings)!r}"
