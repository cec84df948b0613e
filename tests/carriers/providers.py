"""Two providers as they push and as they answer, for tests of everything behind their adapters."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote_plus

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
    sign = hashlib.md5((param + salt).encode()).hexdigest().upper()
    return f"sign={sign}&param={quote_plus(param)}".encode()


def snapshot_100(number: str, traces: Sequence[Trace], com: str = "shunfeng") -> dict[str, Any]:
    """What Kuaidi100 knows of a number, in pushes and in replies."""
    data = [{"ftime": local(hours), "statusCode": code, "context": text} for hours, code, text in reversed(traces)]
    return {"message": "ok", "status": "200", "state": "0", "com": com, "nu": number, "data": data}


def kdniao(number: str, *traces: Trace, code: str = "SF", key: str = API_KEY, place: str = "") -> bytes:
    """A push of KDNiao."""
    data = json.dumps({"Data": [snapshot_niao(number, traces, code, place)]})
    sign = base64.b64encode(hashlib.md5((data + key).encode()).hexdigest().encode()).decode()
    return f"RequestData={quote_plus(data)}&DataSign={quote_plus(sign)}&RequestType=102".encode()


def snapshot_niao(number: str, traces: Sequence[Trace], code: str = "SF", place: str = "") -> dict[str, Any]:
    """What KDNiao knows of a number, in pushes and in replies."""
    told = [
        {"AcceptTime": local(hours), "Action": action, "AcceptStation": text, "Location": place}
        for hours, action, text in traces
    ]
    return {"ShipperCode": code, "LogisticCode": number, "Success": True, "State": "2", "Traces": told}


def local(hours: float) -> str:
    """So many hours ago, to the minute, as Chinese providers write it."""
    return ago(hours).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:00")


@dataclass
class QueryDesk:
    """The query side of Kuaidi100 as a server: it checks signatures, keeps its limits, and fails on request."""

    url: str = ""
    key: str = "the-query-key"
    customer: str = "CUSTOMER"
    known: dict[str, Sequence[Trace]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    fault: str = ""

    def reply(self, form: dict[str, list[str]]) -> tuple[int, bytes]:
        """Answer one question, or fail as the fault says."""
        param = json.loads(form["param"][0])
        self.asked.append(param)
        if self.fault == "slow":
            time.sleep(1.5)
        if self.fault == "500":
            return 500, b"<html>oops</html>"
        if self.fault == "empty":
            return 200, b""
        signed = hashlib.md5((form["param"][0] + self.key + self.customer).encode()).hexdigest().upper()
        if signed != form["sign"][0] or form["customer"][0] != self.customer:
            return 200, _no("503", "验证签名失败")
        if self.fault == "too_often":
            return 200, _no("505", "查询过于频繁")
        if param["num"] not in self.known:
            return 200, _no("500", "查询无结果，请隔段时间再查")
        return 200, json.dumps(snapshot_100(param["num"], self.known[param["num"]], param["com"])).encode()


@contextmanager
def query_desk() -> Iterator[QueryDesk]:
    """Run the query side on a free port of the loopback."""
    desk = QueryDesk()

    class Window(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, said = desk.reply(parse_qs(body.decode()))
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Window) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        desk.url = f"http://127.0.0.1:{server.server_port}/poll/query.do"
        yield desk
        server.shutdown()
        thread.join()


def _no(code: str, message: str) -> bytes:
    return json.dumps({"result": False, "returnCode": code, "message": message}).encode()
