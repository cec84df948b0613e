"""The sandbox bank as a process: its books survive, its errors are clear, its lists are complete."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3

from service.refunds.signature import Message, sign

SECRET = "the-bank-and-we-share-this-secret"
CHECKOUT = Path(__file__).parents[2]
TERMS = {
    "purpose": "refund",
    "amount": 1990,
    "currency": "CNY",
    "payee": "byr_li",
    "transaction_id": "4200001",
    "reason": "rotten",
    "notify_url": "http://127.0.0.1:1/notices",
}


@dataclass(frozen=True)
class BankProcess:
    """A running bank and how to call it by hand."""

    process: "subprocess.Popen[str]"
    url: str

    def put(self, transfer_id: str, timeout_seconds: float = 5, **changes: Any) -> tuple[int, dict[str, Any]]:
        """Ask for a transfer, signed."""
        target, body = f"/v1/transfers/{transfer_id}", json.dumps(TERMS | changes).encode()
        headers = sign((SECRET.encode(),), Message("PUT", target, body), transfer_id, time.time())
        return self.call("PUT", target, body, headers, timeout_seconds)

    def see(self, target: str) -> tuple[int, dict[str, Any]]:
        """Read a list, with the bearer secret."""
        return self.call("GET", target, b"", {"authorization": f"Bearer {SECRET}"})

    def misbehave(self, **fault: Any) -> tuple[int, dict[str, Any]]:
        """Ask for a fault, with the bearer secret."""
        return self.call("POST", "/v1/faults", json.dumps(fault).encode(), {"authorization": f"Bearer {SECRET}"})

    def call(
        self, method: str, target: str, body: bytes, headers: dict[str, str], timeout_seconds: float = 5
    ) -> tuple[int, dict[str, Any]]:
        """One request, answered in JSON."""
        response = urllib3.request(
            method, self.url + target, body=body, headers=headers, retries=False, timeout=timeout_seconds
        )
        return response.status, response.json()


OpenBank = Callable[..., BankProcess]


@pytest.fixture
def open_bank(tmp_path: Path) -> Iterator[OpenBank]:
    """Starts bank processes on the books of this test, and ends what is left of them."""
    opened: list[BankProcess] = []

    def open_it() -> BankProcess:
        opened.append(await_bank(start_bank(tmp_path, "0", SECRET)))
        return opened[-1]

    yield open_it
    for bank in opened:
        end(bank)


@pytest.fixture
def bank(open_bank: OpenBank) -> BankProcess:
    return open_bank()


@pytest.fixture(scope="module")
def unmoved_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankProcess]:
    """One bank for all the tests in which nothing moves."""
    bank = await_bank(start_bank(tmp_path_factory.mktemp("books"), "0", SECRET))
    yield bank
    end(bank)


def start_bank(folder: Path, port: str, secret: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "service.devstack.bank", "--port", port, "--folder", str(folder)],
        cwd=CHECKOUT,
        env={**os.environ, "MAKEGOOD_BANK_SECRET": secret},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def await_bank(process: "subprocess.Popen[str]") -> BankProcess:
    assert process.stdout is not None
    greeting = process.stdout.readline()
    return BankProcess(process, greeting.split()[2].rstrip(","))


def end(bank: BankProcess) -> None:
    bank.process.kill()
    bank.process.communicate()


def test_a_bank_killed_and_opened_again_remembers_what_it_moved(open_bank: OpenBank) -> None:
    killed = open_bank()
    killed.misbehave(fault="timeout_after_success", count=1)
    with pytest.raises(urllib3.exceptions.TimeoutError):
        killed.put("rfd_1", timeout_seconds=0.2)
    killed.process.kill()
    reopened = open_bank()

    status, told = reopened.put("rfd_1")

    assert (status, told["status"]) == (200, "succeeded")
    [effect] = reopened.see("/v1/transfers")[1]["data"]
    assert effect["times_asked"] == 2


def test_a_bank_killed_while_a_transfer_is_in_process_still_calls_back(open_bank: OpenBank) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(5)
        killed = open_bank()
        killed.misbehave(fault="processing", seconds=0.3)
        status, told = killed.put("rfd_1", notify_url=f"http://127.0.0.1:{door.getsockname()[1]}/notices")
        killed.process.kill()
        open_bank()

        caller, _ = door.accept()
        with caller:
            caller.settimeout(5)
            first_line = caller.recv(4096).split(b"\r\n")[0]
            caller.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    assert (status, told["status"]) == (200, "processing")
    assert first_line == b"POST /notices HTTP/1.1"


def test_the_bank_ends_at_once_on_sigterm_even_while_a_customer_hangs(bank: BankProcess) -> None:
    bank.misbehave(fault="timeout_after_success", seconds=3600)
    with pytest.raises(urllib3.exceptions.TimeoutError):
        bank.put("rfd_1", timeout_seconds=0.1)

    bank.process.send_signal(signal.SIGTERM)

    assert bank.process.wait(timeout=2) == 0


def test_the_lists_hold_every_effect_and_the_accounts_sum_to_zero(bank: BankProcess) -> None:
    for number in range(3):
        bank.put(f"rfd_{number}", amount=100 + number)
    bank.put("pay_1", purpose="payout", payee="frm_wang", amount=5000, transaction_id=None)

    first = bank.see("/v1/transfers?limit=3")[1]
    rest = bank.see(f"/v1/transfers?limit=3&after={first['next_cursor']}")[1]
    books = bank.see("/v1/balances")[1]

    assert [effect["id"] for effect in first["data"] + rest["data"]] == ["rfd_0", "rfd_1", "rfd_2", "pay_1"]
    assert (first["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)
    assert {line["account"]: line["balance"] for line in books["data"]} == {
        "payee:byr_li": 303,
        "payee:frm_wang": 5000,
        "platform": -5303,
    }
    assert books["totals"] == [
        {"purpose": "payout", "currency": "CNY", "transfers": 1, "amount": 5000},
        {"purpose": "refund", "currency": "CNY", "transfers": 3, "amount": 303},
    ]


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"purpose": "gift"}, "purpose must be one of refund, compensation, payout"),
        ({"amount": 0}, "amount must be a whole number of minor units from 1"),
        ({"amount": 19.9}, "amount must be a whole number of minor units from 1"),
        ({"amount": True}, "amount must be a whole number of minor units from 1"),
        ({"currency": "yuan"}, "currency must be three capital letters"),
        ({"payee": ""}, "payee must be text of 1 to 500 characters"),
        ({"reason": "\ud800"}, "reason must be text of 1 to 500 characters"),
        ({"notify_url": "ftp://127.0.0.1"}, "notify_url must be an http or https address"),
        ({"notify_url": "http://[::1"}, "notify_url must be an http or https address"),
    ],
)
def test_a_transfer_that_makes_no_sense_names_the_field(
    unmoved_bank: BankProcess, changes: dict[str, Any], because: str
) -> None:
    status, problem = unmoved_bank.put("rfd_1", **changes)

    assert (status, problem["code"]) == (400, "invalid_transfer")
    assert because in problem["because"]


@pytest.mark.parametrize(
    ("fault", "because"),
    [
        ({"fault": "explode"}, "fault must be one of slow, timeout_after_success"),
        ({"fault": "slow", "count": 0}, "count must be a whole number from 1"),
        ({"fault": "slow", "probability": 2}, "probability must be a number from 0 to 1"),
        ({"fault": "slow", "seconds": float("nan")}, "seconds must be a number from 0 to 3600"),
        ({"fault": "slow", "seed": "x"}, "seed must be a whole number"),
    ],
)
def test_a_fault_that_makes_no_sense_names_the_field(
    unmoved_bank: BankProcess, fault: dict[str, Any], because: str
) -> None:
    status, problem = unmoved_bank.misbehave(**fault)

    assert (status, problem["code"]) == (400, "invalid_fault")
    assert because in problem["because"]


def test_faults_are_shown_and_cleared(bank: BankProcess) -> None:
    bank.misbehave(fault="error_500", seed=7)
    shown = bank.see("/v1/faults")[1]["data"]
    bank.call("DELETE", "/v1/faults", b"", {"authorization": f"Bearer {SECRET}"})

    assert [(fault["kind"], fault["count"], fault["seed"]) for fault in shown] == [("error_500", None, 7)]
    assert bank.put("rfd_1")[0] == 200


@pytest.mark.parametrize(
    ("method", "target", "headers", "status", "code"),
    [
        ("GET", "/v1/transfers", {}, 401, "untrusted_bearer"),
        ("GET", "/v1/balances", {"authorization": "Bearer guess"}, 401, "untrusted_bearer"),
        ("GET", "/v1/transfers/rfd_1", {"authorization": f"Bearer {SECRET}"}, 401, "untrusted_signature"),
        ("GET", "/v1/transfers?limit=0", {"authorization": f"Bearer {SECRET}"}, 400, "invalid_query"),
        ("GET", "/v1/nothing", {"authorization": f"Bearer {SECRET}"}, 404, "not_found"),
        ("PUT", "/v1/transfers/rfd_1", {"transfer-encoding": "chunked"}, 411, "length_required"),
        ("PUT", "/v1/transfers/rfd_1", {"content-length": "99999999"}, 413, "too_large"),
        ("PATCH", "/v1/transfers", {}, 501, "unreadable_request"),
        ("GET", "/healthz", {}, 200, None),
    ],
)
def test_every_other_call_is_let_in_or_turned_away_with_a_code(
    unmoved_bank: BankProcess,
    method: str,
    target: str,
    headers: dict[str, str],
    status: int,
    code: str | None,
) -> None:
    answered, fields = unmoved_bank.call(method, target, b"", headers)

    assert (answered, fields.get("code")) == (status, code)


def test_a_bank_without_a_strong_secret_does_not_open_and_says_how_to_make_one(tmp_path: Path) -> None:
    bank = start_bank(tmp_path, "0", "short")
    _, said = bank.communicate(timeout=5)

    assert bank.returncode == 2
    assert said.startswith("sandbox bank: MAKEGOOD_BANK_SECRET: payment secret no. 1 has 5 bytes")
    assert "make one with" in said


def test_a_bank_whose_port_is_taken_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        bank = start_bank(tmp_path, port, SECRET)
        _, said = bank.communicate(timeout=5)

    assert bank.returncode == 2
    assert said.startswith(f"sandbox bank: cannot open at 127.0.0.1:{port}")
