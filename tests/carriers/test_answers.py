"""Each provider hears what its documentation asks for, to the byte."""

import json
from datetime import UTC, datetime

import pytest

from service.carriers.base import Account, Answer, Verdict
from service.carriers.registry import PROVIDERS

NOON = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)


def answer(provider: str, verdict: Verdict, because: str = "not now") -> Answer:
    return PROVIDERS[provider].answer(verdict, because, Account("acc_1", provider, ("a secret",), "us"), NOON)


def test_sf_hears_its_return_code_and_success_in_chinese() -> None:
    taken = answer("sf", Verdict.TAKEN)

    assert taken == Answer(
        200, "application/json; charset=utf-8", '{"return_code":"0000","return_msg":"成功"}'.encode()
    )


def test_kuaidi100_hears_the_very_bytes_of_its_documentation() -> None:
    taken = answer("kuaidi100", Verdict.TAKEN)

    assert taken.body == '{"result":true,"returnCode":"200","message":"成功"}'.encode()


def test_kdniao_hears_its_four_fields_in_their_order_with_the_moment_in_chinas_time() -> None:
    taken = answer("kdniao", Verdict.TAKEN)

    assert taken.body == b'{"EBusinessID":"us","UpdateTime":"2026-11-03 12:00:00","Success":true,"Reason":""}'


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.LATER])
def test_sf_hears_another_code_and_pushes_again(verdict: Verdict) -> None:
    said = json.loads(answer("sf", verdict, "稍后再试").body)

    assert said == {"return_code": "1000", "return_msg": "稍后再试"}


@pytest.mark.parametrize("provider", ["17track", "aftership", "logger"])
def test_those_who_look_at_the_status_get_200_401_or_503(provider: str) -> None:
    assert [answer(provider, verdict).status for verdict in Verdict] == [200, 401, 503]


def test_an_epcis_sender_gets_202_and_nothing_to_read() -> None:
    assert answer("epcis", Verdict.TAKEN) == Answer(202, "application/json", b"")


@pytest.mark.parametrize(
    ("verdict", "status", "kind"),
    [
        (Verdict.REFUSED, 401, "epcisException:SecurityException"),
        (Verdict.LATER, 503, "epcisException:ImplementationException"),
    ],
)
def test_an_epcis_sender_gets_a_problem_of_the_standards_types(verdict: Verdict, status: int, kind: str) -> None:
    refused = answer("epcis", verdict)

    assert (refused.status, refused.media_type) == (status, "application/problem+json")
    assert json.loads(refused.body) == {"type": kind, "title": "not now", "status": status}
