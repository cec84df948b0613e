"""Providers as they push and as they answer, for tests of everything behind their adapters."""

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_plus

from service.carriers.times import CHINA
from tests.builders import ago

Trace = tuple[float, str, str]
"""Hours ago, the provider's code, the text."""

SALT, API_KEY = "the-salt-of-kuaidi100", "the-api-key-of-kdniao"
JOURNEY_100: tuple[Trace, ...] = ((50, "103", "已揽收"), (30, "1002", "干线"), (10, "301", "本人签收"))
JOURNEY_NIAO: tuple[Trace, ...] = ((50, "1", "已揽收"), (30, "2", "在途中"), (10, "301", "正常签收"))


def kuaidi100(number: str, *traces: Trace, com: str = "shunfeng", salt: str = SALT, **more: Any) -> bytes:
    """A push of Kuaidi100, newest first as it comes."""
    param = json.dumps({"status": "polling", "lastResult": snapshot_100(number, traces, com)} | more)
    sign = sign_100(param + salt)
    return f"sign={sign}&param={quote_plus(param)}".encode()


def snapshot_100(number: str, traces: Sequence[Trace], com: str = "shunfeng") -> dict[str, Any]:
    """What Kuaidi100 knows of a number, in pushes and in replies."""
    data = [{"ftime": local(hours), "statusCode": code, "context": text} for hours, code, text in reversed(traces)]
    return {"message": "ok", "status": "200", "state": "0", "com": com, "nu": number, "data": data}


def kdniao(number: str, *traces: Trace, code: str = "SF", key: str = API_KEY, place: str = "") -> bytes:
    """A push of KDNiao."""
    return signed_niao({"Data": [snapshot_niao(number, traces, code, place)]}, key)


def signed_niao(said: dict[str, Any], key: str = API_KEY) -> bytes:
    """A push of KDNiao that says just that."""
    data = json.dumps(said)
    return f"RequestData={quote_plus(data)}&DataSign={quote_plus(sign_niao(data + key))}&RequestType=102".encode()


def snapshot_niao(number: str, traces: Sequence[Trace], code: str = "SF", place: str = "") -> dict[str, Any]:
    """What KDNiao knows of a number, in pushes and in replies."""
    told = [
        {"AcceptTime": local(hours), "Action": action, "AcceptStation": text, "Location": place}
        for hours, action, text in traces
    ]
    return {"ShipperCode": code, "LogisticCode": number, "Success": True, "State": "2", "Traces": told}


def sf(number: str, *scans: tuple[float, str]) -> bytes:
    """A push of SF: hours ago and the operation code of each scan, and no signature."""
    routes = [{"mailno": number, "acceptTime": local(hours), "opCode": code} for hours, code in scans]
    return json.dumps({"Body": {"WaybillRoute": routes}}).encode()


def sign_100(signed: str) -> str:
    """What Kuaidi100 makes of a text and its salt or key."""
    return hashlib.md5(signed.encode()).hexdigest().upper()


def sign_niao(signed: str) -> str:
    """What KDNiao makes of a text and the ApiKey."""
    return base64.b64encode(hashlib.md5(signed.encode()).hexdigest().encode()).decode()


def local(hours: float) -> str:
    """So many hours ago, to the minute, as Chinese providers write it."""
    return ago(hours).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:00")
