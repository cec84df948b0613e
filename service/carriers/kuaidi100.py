"""Kuaidi100 (快递100): pushes of full snapshots, and questions about one number at most every half hour."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from schemas.vocabulary import ExceptionCause, Step
from service.carriers.answers import in_json
from service.carriers.base import (
    Account,
    Answer,
    Call,
    Heard,
    Push,
    PushRefused,
    QueryRefused,
    Question,
    Verdict,
)
from service.carriers.codes import UNKNOWN, Codes, Meaning, trouble
from service.carriers.fields import MOST_NAME, MOST_PLACE, Fields, json_object, raw
from service.carriers.form import MEDIA_TYPE, demanded_field, form_body, signed_field
from service.carriers.names import called_by, canonical
from service.carriers.signature import any_fits, live_secrets
from service.carriers.times import CHINA, moment_in
from service.domain.parcel import Scan

CODES: Codes = {
    "0": Meaning(Step.DEPARTED),  # 在途
    "1001": Meaning(Step.ARRIVED),  # 到达派件城市
    "1002": Meaning(Step.DEPARTED),  # 干线
    "1003": Meaning(Step.DEPARTED),  # 转递
    "1": Meaning(Step.PICKED_UP),  # 揽收
    "101": Meaning(Step.LABEL_CREATED),  # 已下单
    "102": Meaning(Step.LABEL_CREATED),  # 待揽收
    "103": Meaning(Step.PICKED_UP),  # 已揽收
    "2": trouble(),  # 疑难
    "201": trouble(ExceptionCause.DELAYED),  # 超时未签收
    "202": trouble(ExceptionCause.DELAYED),  # 超时未更新
    "203": trouble(ExceptionCause.REFUSED),  # 拒收
    "204": Meaning(Step.ATTEMPT_FAILED),  # 派件异常
    "205": trouble(ExceptionCause.OVERDUE_PICKUP),  # 柜或驿站超时未取
    "206": trouble(ExceptionCause.UNREACHABLE),  # 无法联系
    "207": trouble(ExceptionCause.ADDRESS),  # 超区
    "208": trouble(ExceptionCause.DELAYED),  # 滞留
    "209": trouble(ExceptionCause.DAMAGED),  # 破损
    "210": trouble(),  # 销单
    "3": Meaning(Step.DELIVERED),  # 签收
    "301": Meaning(Step.DELIVERED),  # 本人签收
    "302": Meaning(Step.DELIVERED),  # 派件异常后签收
    "303": Meaning(Step.DELIVERED),  # 代签
    "304": Meaning(Step.DELIVERED),  # 投柜或站签收
    "4": Meaning(Step.RETURNED),  # 退签
    "401": trouble(),  # 已销单
    "5": Meaning(Step.OUT_FOR_DELIVERY),  # 派件
    "501": Meaning(Step.STATION_DROP),  # 投柜或驿站
    "6": Meaning(Step.RETURNING),  # 退回
    "7": Meaning(Step.DEPARTED),  # 转投
    "8": Meaning(Step.ARRIVED),  # 清关
    "10": Meaning(Step.ARRIVED),  # 待清关
    "11": Meaning(Step.ARRIVED),  # 清关中
    "12": Meaning(Step.DEPARTED),  # 已清关
    "13": trouble(ExceptionCause.CUSTOMS),  # 清关异常
    "14": trouble(ExceptionCause.REFUSED),  # 拒签
}
"""By `statusCode` of an event, and by `state`, its coarser kind."""

CODE_OF_STATUS = {
    "在途": "0", "到达派件城市": "1001", "干线": "1002", "转递": "1003", "揽收": "1", "已下单": "101", "待揽收": "102",
    "已揽收": "103", "疑难": "2", "超时未签收": "201", "超时未更新": "202", "拒收": "203", "派件异常": "204",
    "柜或驿站超时未取": "205", "无法联系": "206", "超区": "207", "滞留": "208", "破损": "209", "销单": "210",
    "签收": "3",
    "本人签收": "301", "派件异常后签收": "302", "代签": "303", "投柜或站签收": "304", "退签": "4", "已销单": "401",
    "派件": "5", "投柜或驿站": "501", "退回": "6", "转投": "7", "清关": "8", "待清关": "10", "清关中": "11",
    "已清关": "12", "清关异常": "13", "拒签": "14",
}  # fmt: skip
"""By `status`, for the contracts of Kuaidi100 whose events carry no `statusCode`."""

NOT_FOR_GOOD = frozenset({"500", "502", "505"})
"""Answers to a question that later ones may better: nothing found, busy, too frequent."""


class Kuaidi100:
    """The provider; its MD5 over a salt proves little."""

    name = "kuaidi100"
    weakly_signed = True
    codes = CODES
    base_url = "https://poll.kuaidi100.com/poll/query.do"
    least_minutes = 30

    def admit(self, push: Push, account: Account) -> None:
        """Check `sign`, the upper-case MD5 of `param` and the salt."""
        secrets = live_secrets(account)
        param, sign = signed_field(push.body, "param", "sign")
        if not any_fits(sign.upper(), [_md5(param + secret.encode()) for secret in secrets]):
            raise PushRefused(f"sign fits no live secret of {account.account_id}: compare the salt of the subscription")

    def read(self, body: bytes) -> Sequence[Heard]:
        """Read the snapshot of `lastResult`, and of `destResult` where the parcel goes on abroad."""
        param = demanded_field(body, "param")
        push = json_object(param)
        results = [push.inner(name) for name in ("lastResult", "destResult") if push.values.get(name)]
        return [heard for result in results for heard in _snapshot(result)]

    def answer(self, verdict: Verdict, because: str, account: Account, at: datetime) -> Answer:
        """Say `result` true, or anything else to have it sent again."""
        taken = verdict is Verdict.TAKEN
        said = {"result": taken, "returnCode": "200" if taken else "500", "message": "成功" if taken else because}
        return in_json(verdict, said)

    def question(self, asked: Question, account: Account, base_url: str) -> Call:
        """Ask for one number; `phone` is what SF and ZTO demand."""
        wanted = {
            "com": called_by(self.name, asked.carrier),
            "num": asked.number,
            "phone": asked.phone_tail,
            "resultv2": "4",
        }
        param = json.dumps(wanted, ensure_ascii=False, separators=(",", ":"))
        key = account.query_key or live_secrets(account)[0]
        sign = _md5(f"{param}{key}{account.customer}".encode())
        return Call(base_url, form_body({"customer": account.customer, "sign": sign, "param": param}), MEDIA_TYPE)

    def read_reply(self, body: bytes) -> Sequence[Heard]:
        """Read a snapshot, or the `returnCode` and `message` of a no."""
        reply = json_object(body)
        if reply.values.get("result") is False or reply.code("status") not in (None, "200"):
            code = reply.code("returnCode") or reply.code("status") or ""
            said = f"Kuaidi100 answered {code}: {reply.text('message') or 'no reason given'}"
            raise QueryRefused(said, again=code in NOT_FOR_GOOD)
        return list(_snapshot(reply))


def _md5(text: bytes) -> str:
    return hashlib.md5(text, usedforsecurity=False).hexdigest().upper()


def _snapshot(result: Fields) -> Iterator[Heard]:
    if not result.items("data"):
        return
    carrier, number = canonical(result.unspaced("com")), result.unspaced("nu")
    for event in result.each("data"):
        yield _event(event, carrier, number)


def _event(event: Fields, carrier: str, number: str) -> Heard:
    at, zone_source = moment_in(event, "ftime" if event.text("ftime") else "time", CHINA)
    status = event.text("status") or ""
    code = (event.code("statusCode") or CODE_OF_STATUS.get(status, status))[:MOST_NAME]
    meaning = CODES.get(code, UNKNOWN)
    place = event.text("areaName") or event.text("location")
    return Heard(
        scan=Scan(carrier, number, at, meaning.step, meaning.cause),
        zone_source=zone_source,
        raw_code=code,
        raw_text=raw(event.text("context")),
        place=place[:MOST_PLACE] if place else None,
    )
