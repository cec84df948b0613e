"""KDNiao (快递鸟): pushes of full snapshots for one or many parcels, and questions about one number."""

import base64
import hashlib
import json
import re
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
    ZoneSource,
)
from service.carriers.codes import UNKNOWN, Codes, Meaning, trouble
from service.carriers.fields import MOST_NAME, MOST_PLACE, Fields, json_object, raw
from service.carriers.form import MEDIA_TYPE, demanded_field, form_body, signed_field
from service.carriers.names import called_by, canonical
from service.carriers.signature import any_fits, live_secrets
from service.carriers.times import CHINA, moment
from service.domain.parcel import Scan

CODES: Codes = {
    "1": Meaning(Step.PICKED_UP),  # 已揽收
    "10": Meaning(Step.LABEL_CREATED),  # 待揽件
    "2": Meaning(Step.DEPARTED),  # 在途中
    "201": Meaning(Step.ARRIVED),  # 到达派件城市
    "202": Meaning(Step.OUT_FOR_DELIVERY),  # 派件中
    "204": Meaning(Step.ARRIVED),  # 到达转运中心
    "205": Meaning(Step.ARRIVED),  # 到达派件网点
    "206": Meaning(Step.DEPARTED),  # 寄件网点发件
    "211": Meaning(Step.STATION_DROP),  # 已放入快递柜或驿站
    "3": Meaning(Step.DELIVERED),  # 已签收
    "301": Meaning(Step.DELIVERED),  # 正常签收
    "302": Meaning(Step.DELIVERED),  # 轨迹异常后最终签收
    "304": Meaning(Step.DELIVERED),  # 代收签收
    "311": Meaning(Step.DELIVERED),  # 快递柜或驿站签收
    "4": trouble(),  # 问题件
    "401": trouble(),  # 发货无信息
    "402": trouble(ExceptionCause.DELAYED),  # 超时未签收
    "403": trouble(ExceptionCause.DELAYED),  # 超时未更新
    "404": trouble(ExceptionCause.REFUSED),  # 拒收
    "405": Meaning(Step.ATTEMPT_FAILED),  # 派件异常
    "406": Meaning(Step.RETURNED),  # 退货签收
    "407": Meaning(Step.RETURNING),  # 退货未签收
    "412": trouble(ExceptionCause.OVERDUE_PICKUP),  # 快递柜或驿站超时未取
    "413": trouble(),  # 单号已拦截
    "414": trouble(ExceptionCause.DAMAGED),  # 破损
    "415": trouble(),  # 客户取消发货
    "416": trouble(ExceptionCause.UNREACHABLE),  # 无法联系
    "417": trouble(ExceptionCause.DELAYED),  # 配送延迟
    "418": trouble(),  # 快件取出
    "419": Meaning(Step.OUT_FOR_DELIVERY),  # 重新派送
    "420": trouble(ExceptionCause.ADDRESS),  # 收货地址不详细
    "421": trouble(ExceptionCause.UNREACHABLE),  # 收件人电话错误
    "422": trouble(ExceptionCause.DELAYED),  # 错分件
    "423": trouble(ExceptionCause.ADDRESS),  # 超区件
    "5": Meaning(Step.DEPARTED),  # 转寄
    "6": Meaning(Step.ARRIVED),  # 清关
    "601": Meaning(Step.ARRIVED),  # 待清关
    "602": Meaning(Step.ARRIVED),  # 清关中
    "603": Meaning(Step.DEPARTED),  # 已清关
    "604": trouble(ExceptionCause.CUSTOMS),  # 清关异常
}
"""By a trace's `Action`, and by `StateEx`. `State` says nothing: once it is 4 it stays 4."""

JAVA_TIME = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2} \d{1,2} \d\d:\d\d:\d\d) CST (\d{4})", re.ASCII)
"""`Thu Mar 30 05:37:57 CST 2023`, where CST is China's time, +08:00."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

QUERY = "8001"
"""The request type of a question that is answered with each trace's Action."""
FOR_GOOD = ("验证", "签名", "参数", "套餐", "余额", "没有权限", "不支持")
"""Words of a `Reason` that asking again does not better: signature, parameters, credit, permission, carrier."""


class KdNiao:
    """The provider; its MD5 over a key proves little."""

    name = "kdniao"
    weakly_signed = True
    codes = CODES
    base_url = "https://api.kdniao.com/Ebusiness/EbusinessOrderHandle.aspx"
    least_minutes = 30

    def admit(self, push: Push, account: Account) -> None:
        """Check `DataSign`, the Base64 of the hex MD5 of `RequestData` and the ApiKey."""
        secrets = live_secrets(account)
        data, sign = signed_field(push.body, "RequestData", "DataSign")
        if not any_fits(sign, [_sign(data, secret) for secret in secrets]):
            raise PushRefused(f"DataSign fits no live secret of {account.account_id}: compare the ApiKey")

    def read(self, body: bytes) -> Sequence[Heard]:
        """Read the snapshot of each parcel in `Data`, or of the one that stands there without it."""
        push = json_object(demanded_field(body, "RequestData"))
        parcels = push.each("Data") if "Data" in push.values else [push]
        return [heard for parcel in parcels for heard in _snapshot(parcel)]

    def answer(self, verdict: Verdict, because: str, account: Account, at: datetime) -> Answer:
        """Say `Success` true, or false with the reason to have it sent again."""
        said = {
            "EBusinessID": account.customer,
            "UpdateTime": at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S"),
            "Success": verdict is Verdict.TAKEN,
            "Reason": "" if verdict is Verdict.TAKEN else because,
        }
        return in_json(verdict, said)

    def question(self, asked: Question, account: Account, base_url: str) -> Call:
        """Ask for one number; `CustomerName` is the phone's tail that SF demands."""
        wanted = {"ShipperCode": called_by(self.name, asked.carrier), "LogisticCode": asked.number}
        if asked.phone_tail:
            wanted["CustomerName"] = asked.phone_tail
        data = json.dumps(wanted, ensure_ascii=False, separators=(",", ":"))
        key = account.query_key or live_secrets(account)[0]
        fields = {
            "RequestData": data,
            "EBusinessID": account.customer,
            "RequestType": QUERY,
            "DataSign": _sign(data.encode(), key),
            "DataType": "2",
        }
        return Call(base_url, form_body(fields), MEDIA_TYPE)

    def read_reply(self, body: bytes) -> Sequence[Heard]:
        """Read a snapshot, or the `Reason` of a no; where nothing is found, it succeeds and has no traces."""
        reply = json_object(body)
        if reply.values.get("Success") is not True or not reply.items("Traces"):
            reason = reply.text("Reason") or "no reason given"
            raise QueryRefused(f"KDNiao answered: {reason}", again=not any(word in reason for word in FOR_GOOD))
        return list(_snapshot(reply))


def _sign(data: bytes, secret: str) -> str:
    digest = hashlib.md5(data + secret.encode(), usedforsecurity=False).hexdigest()
    return base64.b64encode(digest.encode()).decode()


def _snapshot(parcel: Fields) -> Iterator[Heard]:
    """Read the traces; one without an Action has StateEx for its code where it is the newest."""
    traces = [(*_time(trace), trace) for trace in parcel.each("Traces")]
    if not traces:
        return
    carrier, number = canonical(parcel.unspaced("ShipperCode")), parcel.unspaced("LogisticCode")
    newest = max(at for at, _, _ in traces)
    for at, zone_source, trace in traces:
        code = (trace.code("Action") or (parcel.code("StateEx") if at == newest else None) or "")[:MOST_NAME]
        meaning = CODES.get(code, UNKNOWN)
        place = trace.text("Location")
        yield Heard(
            scan=Scan(carrier, number, at, meaning.step, meaning.cause),
            zone_source=zone_source,
            raw_code=code,
            raw_text=raw(trace.text("AcceptStation"), trace.text("Remark")),
            place=place[:MOST_PLACE] if place else None,
        )


def _time(trace: Fields) -> tuple[datetime, ZoneSource]:
    told, place = trace.text("AcceptTime") or "", trace.at("AcceptTime")
    java = JAVA_TIME.fullmatch(told)
    if java is None:
        return moment(told, place, CHINA)
    month, day, clock = java[1].split()
    number = MONTHS.index(month) + 1 if month in MONTHS else 0
    at, _ = moment(f"{java[2]}-{number:02}-{int(day):02} {clock}", place, CHINA)
    return at, ZoneSource.GIVEN
