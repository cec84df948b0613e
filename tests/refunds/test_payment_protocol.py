"""What an HTTP answer means to money: only clear words are final."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.refunds.base import Outcome, Purpose, Transfer
from service.refunds.payment_protocol import NotProtocol, answer_to, read_status, transfer_path

REFUND = Transfer("rfd_1", Purpose.REFUND, 1990, "CNY", "byr_1", "tx_1", "rotten")
TOLD = {
    "transfer_id": "rfd_1",
    "status": "succeeded",
    "reference": "bnk_1",
    "because": "paid",
    "amount": 1990,
    "currency": "CNY",
}


def body(**changes: Any) -> bytes:
    return json.dumps(TOLD | changes).encode()


JSON_OBJECTS = st.dictionaries(st.sampled_from([*TOLD, "code"]), st.none() | st.integers() | st.text(max_size=9))


@given(st.integers(100, 599), st.binary(max_size=99) | JSON_OBJECTS.map(json.dumps).map(str.encode))
def test_bytes_of_any_kind_are_never_final(status: int, answered: bytes) -> None:
    assert answer_to(REFUND, status, answered).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("succeeded", Outcome.DONE), ("processing", Outcome.PENDING), ("refused", Outcome.REFUSED)],
)
def test_each_status_has_one_meaning(status: str, outcome: Outcome) -> None:
    assert answer_to(REFUND, 200, body(status=status)).outcome is outcome


@pytest.mark.parametrize("other", [{"transfer_id": "rfd_2"}, {"amount": 199}, {"currency": "USD"}])
def test_an_answer_about_something_else_is_unknown(other: dict[str, Any]) -> None:
    answer = answer_to(REFUND, 200, body(**other))

    assert answer.outcome is Outcome.UNKNOWN
    assert "asked about rfd_1 over 1990 CNY" in answer.because


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (400, "invalid_transfer", Outcome.REFUSED),
        (409, "other_terms", Outcome.REFUSED),
        (400, "bad_gateway_page", Outcome.UNKNOWN),
        (401, "untrusted_signature", Outcome.UNKNOWN),
        (404, "unknown_transfer", Outcome.UNKNOWN),
        (429, "too_many", Outcome.UNKNOWN),
        (503, "other_terms", Outcome.UNKNOWN),
    ],
)
def test_only_a_refusal_of_the_transfer_itself_is_final(status: int, code: str, outcome: Outcome) -> None:
    problem = json.dumps({"code": code, "because": "so it is"}).encode()

    assert answer_to(REFUND, status, problem).outcome is outcome


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"status": "maybe"}, "status 'maybe' is none of succeeded, processing, refused"),
        ({"amount": "1990"}, "amount is not a whole number"),
        ({"amount": True}, "amount is not a whole number"),
        ({"reference": 7}, "reference is neither text nor null"),
        ({"because": None}, "because is not text"),
    ],
)
def test_a_status_that_breaks_the_protocol_names_the_field(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(NotProtocol, match=named):
        read_status(body(**changes))


def test_an_odd_id_cannot_leave_its_place_in_the_path() -> None:
    assert transfer_path("rfd_1/../2?x") == "/v1/transfers/rfd_1%2F..%2F2%3Fx"
