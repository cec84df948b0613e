"""Questions are signed as each provider documents, and replies are read like pushes."""

import base64
import hashlib
import json
from urllib.parse import parse_qs

import pytest

from service.carriers.base import Account, Push, PushRefused, PushUnreadable, QueryRefused, Question
from service.carriers.kdniao import KdNiao
from service.carriers.kuaidi100 import Kuaidi100
from tests.carriers.providers import (
    API_KEY,
    JOURNEY_100,
    JOURNEY_NIAO,
    SALT,
    kdniao,
    kuaidi100,
    snapshot_100,
    snapshot_niao,
)

HUNDRED = Account("cac_1", "kuaidi100", (SALT,), customer="C1", query_key="the key")
NIAO = Account("cac_2", "kdniao", (API_KEY,), customer="1237100")


def form(body: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}


def test_kuaidi100_is_asked_with_the_phones_tail_under_the_key_for_questions() -> None:
    call = Kuaidi100().question(Question("SF", "SF1", "0042"), HUNDRED, "https://poll.example/query.do")
    sent = form(call.body)

    assert json.loads(sent["param"]) == {"com": "shunfeng", "num": "SF1", "phone": "0042", "resultv2": "4"}
    assert sent["sign"] == hashlib.md5((sent["param"] + "the key" + "C1").encode()).hexdigest().upper()
    assert (call.url, sent["customer"]) == ("https://poll.example/query.do", "C1")


def test_kdniao_is_asked_with_the_hashed_api_key() -> None:
    sent = form(KdNiao().question(Question("YTO", "YT1", "0042"), NIAO, "https://api.example").body)
    digest = hashlib.md5((sent["RequestData"] + API_KEY).encode()).hexdigest()

    assert json.loads(sent["RequestData"]) == {"ShipperCode": "YTO", "LogisticCode": "YT1", "CustomerName": "0042"}
    assert sent["DataSign"] == base64.b64encode(digest.encode()).decode()
    assert (sent["EBusinessID"], sent["DataType"]) == ("1237100", "2")


def test_a_reply_is_read_as_the_same_events_as_a_push() -> None:
    hundred = json.dumps(snapshot_100("SF1", JOURNEY_100)).encode()
    niao = json.dumps(snapshot_niao("SF1", JOURNEY_NIAO)).encode()

    assert Kuaidi100().read_reply(hundred) == Kuaidi100().read(kuaidi100("SF1", *JOURNEY_100))
    assert KdNiao().read_reply(niao) == KdNiao().read(kdniao("SF1", *JOURNEY_NIAO))


@pytest.mark.parametrize(
    ("reason", "again"),
    [("暂无轨迹信息", True), ("非法参数", False), ("数据签名错误", False), ("套餐余额不足", False), ("系统繁忙", True)],
)
def test_a_no_of_kdniao_says_whether_asking_again_helps(reason: str, again: bool) -> None:
    with pytest.raises(QueryRefused) as refused:
        KdNiao().read_reply(json.dumps({"Success": False, "Reason": reason}).encode())

    assert (refused.value.again, reason in refused.value.because) == (again, True)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data": 5}', b'{"Success": true, "Traces": 5}'])
def test_what_is_no_reply_is_unreadable_or_a_no(body: bytes) -> None:
    for provider, place in ((Kuaidi100(), b"data"), (KdNiao(), b"Traces")):
        if place in body or not body.startswith(b"{"):
            with pytest.raises((PushUnreadable, QueryRefused)):
                provider.read_reply(body)


def test_a_form_changed_in_what_is_signed_is_refused() -> None:
    for provider, body, account in (
        (Kuaidi100(), kuaidi100("SF1", *JOURNEY_100), HUNDRED),
        (KdNiao(), kdniao("SF1", *JOURNEY_NIAO), NIAO),
    ):
        provider.admit(Push(body), account)
        with pytest.raises(PushRefused):
            provider.admit(Push(body.replace(b"SF1", b"SF2")), account)
