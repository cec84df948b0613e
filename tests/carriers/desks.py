"""The query sides of providers as servers: they speak the protocols, and fail on request."""

import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qs

from tests.carriers.providers import (
    API_KEY,
    JOURNEY_100,
    JOURNEY_NIAO,
    Trace,
    kdniao,
    kuaidi100,
    sign_100,
    sign_niao,
    snapshot_100,
    snapshot_niao,
)

BROKEN = {"500": (500, b"<html>oops</html>"), "empty": (200, b""), "not_json": (200, b"<html>maintenance</html>")}
"""Faults that look the same at every provider; `slow` and `too_often` are the others."""


class Asked(NamedTuple):
    """A question as the provider reads it, the carrier by the provider's own name."""

    carrier: str
    number: str
    phone_tail: str


@dataclass
class QueryDesk(ABC):
    """A provider's query side: it checks signatures, answers about the parcels that it knows, and fails as told."""

    provider: ClassVar[str]
    journey: ClassVar[tuple[Trace, ...]]
    noes: ClassVar[dict[str, str]]
    wants_phone: ClassVar[bool] = True
    key: str = "the-query-key"
    customer: str = "CUSTOMER"
    url: str = ""
    known: dict[str, Sequence[Trace]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    fault: str = ""

    @abstractmethod
    def open(self, form: dict[str, str]) -> tuple[Asked, bool]:
        """Return what is asked, and whether it is signed as the protocol demands."""

    @abstractmethod
    def found(self, asked: Asked) -> dict[str, Any]:
        """Return what the provider says of a parcel that it knows."""

    @abstractmethod
    def no(self, why: str) -> dict[str, Any]:
        """Return the provider's no: `signature`, `too_often` or `nothing`."""

    @abstractmethod
    def push(self, number: str, *traces: Trace) -> bytes:
        """Return a push of the same provider about a parcel of SF."""

    def form(self, body: bytes, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the fields of a question; another than a form, or one signed in a header, is read by its own desk."""
        return {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}

    @staticmethod
    def headers(push: bytes) -> dict[str, str]:
        """Return what a push carries beside its body, such as its signature with the secret "a secret"."""
        return {}

    def reply(self, form: dict[str, str]) -> tuple[int, bytes]:
        """Answer one question, or fail as the fault says."""
        asked, signed = self.open(form)
        self.asked.append(asked)
        if self.fault == "slow":
            time.sleep(1.5)
        if self.fault in BROKEN:
            return BROKEN[self.fault]
        return 200, json.dumps(self._said(asked, signed)).encode()

    def _said(self, asked: Asked, signed: bool) -> dict[str, Any]:
        if not signed:
            return self.no("signature")
        if self.fault == "too_often":
            return self.no("too_often")
        return self.found(asked) if asked.number in self.known else self.no("nothing")


@dataclass
class HundredDesk(QueryDesk):
    """Kuaidi100: a no has `result` false, a code and a message."""

    provider = "kuaidi100"
    journey = JOURNEY_100
    noes: ClassVar[dict[str, str]] = {
        "signature": "503: 验证签名失败",
        "too_often": "505: 查询过于频繁",
        "nothing": "500: 查询无结果，请隔段时间再查",
    }

    def open(self, form: dict[str, str]) -> tuple[Asked, bool]:
        """The parameters, the key and the customer are signed together."""
        param = json.loads(form["param"])
        signed = sign_100(form["param"] + self.key + self.customer) == form["sign"]
        return Asked(param["com"], param["num"], param["phone"]), signed and form["customer"] == self.customer

    def found(self, asked: Asked) -> dict[str, Any]:
        """The snapshot alone."""
        return snapshot_100(asked.number, self.known[asked.number], asked.carrier)

    def no(self, why: str) -> dict[str, Any]:
        """The code comes with the message."""
        code, _, message = self.noes[why].partition(": ")
        return {"result": False, "returnCode": code, "message": message}

    def push(self, number: str, *traces: Trace) -> bytes:
        """Signed with the salt."""
        return kuaidi100(number, *traces)


@dataclass
class NiaoDesk(QueryDesk):
    """KDNiao: a no has `Success` false and a reason; where nothing is found, it succeeds and has no traces."""

    provider = "kdniao"
    journey = JOURNEY_NIAO
    noes: ClassVar[dict[str, str]] = {
        "signature": "数据签名验证失败",
        "too_often": "请求过于频繁，请稍后再试",
        "nothing": "暂无轨迹信息",
    }
    key: str = API_KEY

    def open(self, form: dict[str, str]) -> tuple[Asked, bool]:
        """The data and the ApiKey are signed; 8001 asks for each trace's Action, 2 for JSON."""
        data = json.loads(form["RequestData"])
        wanted = (self.customer, "8001", "2", sign_niao(form["RequestData"] + self.key))
        given = tuple(form[name] for name in ("EBusinessID", "RequestType", "DataType", "DataSign"))
        return Asked(data["ShipperCode"], data["LogisticCode"], data.get("CustomerName", "")), given == wanted

    def found(self, asked: Asked) -> dict[str, Any]:
        """The snapshot, under our number at KDNiao."""
        snapshot = snapshot_niao(asked.number, self.known[asked.number], asked.carrier)
        return snapshot | {"EBusinessID": self.customer, "StateEx": snapshot["Traces"][-1]["Action"], "Reason": None}

    def no(self, why: str) -> dict[str, Any]:
        """The reason is all that there is."""
        found_nothing = why == "nothing"
        return {
            "EBusinessID": self.customer,
            "Success": found_nothing,
            "State": "0",
            "StateEx": "0",
            "Traces": [],
            "Reason": self.noes[why],
        }

    def push(self, number: str, *traces: Trace) -> bytes:
        """Signed with the ApiKey."""
        return kdniao(number, *traces)


DESKS: tuple[type[QueryDesk], ...] = (HundredDesk, NiaoDesk)


@contextmanager
def opened(desk: QueryDesk) -> Iterator[QueryDesk]:
    """Run a query side on a free port of the loopback."""

    class Window(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, said = desk.reply(desk.form(body, {name.lower(): value for name, value in self.headers.items()}))
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Window) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        desk.url = f"http://127.0.0.1:{server.server_port}/query"
        yield desk
        server.shutdown()
        thread.join()
