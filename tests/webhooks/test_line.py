"""The line to a receiver: pinned to the address that was checked, TLS to the name, a deadline over everything."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from service.devstack.receivers import open_receiver
from service.webhooks.address import Reach, read_reach, resolve
from service.webhooks.line import Line

PEM = Path(__file__).parent / "receiver.pem"
AT_HOME = read_reach("127.0.0.0/8", plain_http=True)
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass
class Tls:
    """A receiver behind TLS, with what it was told about its own name."""

    port: int = 0
    names: list[str | None] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)


@pytest.fixture
def tls() -> Iterator[Tls]:
    seen = Tls()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    context.sni_callback = lambda _, name, __: seen.names.append(name)
    with socket.create_server(("127.0.0.1", 0)) as door:
        seen.port = door.getsockname()[1]

        def serve() -> None:
            while True:
                with suppress(OSError):
                    plain, _ = door.accept()
                    with context.wrap_socket(plain, server_side=True) as wire:
                        request = b""
                        while not request.endswith(b"{}"):
                            request += wire.recv(65536)
                        seen.requests.append(request)
                        wire.sendall(ANSWER)
                if door.fileno() < 0:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield seen


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(PEM))


def here(host: str, port: int, seconds: float) -> list[str]:
    """A look-up that finds every name on this machine."""
    return ["127.0.0.1"]


def test_the_checked_address_is_connected_to_with_the_name_in_tls_and_host(tls: Tls) -> None:
    line = Line(f"https://receiver.example:{tls.port}/a?b=c", AT_HOME, 5, look_up=here, tls=trusting())
    with closing(line):
        reply = line.post({"webhook-id": "evt_1"}, b"{}")

    assert (reply.status_code, reply.error) == (200, "")
    assert tls.names == ["receiver.example"]
    assert tls.requests[0].startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert f"Host: receiver.example:{tls.port}\r\n".encode() in tls.requests[0]
    assert b"webhook-id: evt_1\r\n" in tls.requests[0]


@pytest.mark.parametrize("name", ["receiver.example", "other.example"])
def test_a_certificate_must_be_trusted_and_be_for_the_name(tls: Tls, name: str) -> None:
    context = None if name == "receiver.example" else trusting()
    with closing(Line(f"https://{name}:{tls.port}/", AT_HOME, 5, look_up=here, tls=context)) as line:
        reply = line.post({}, b"{}")

    assert reply.status_code is None
    assert "certificate verify failed" in reply.error


@pytest.mark.parametrize("found", [["127.0.0.1"], ["93.184.215.14", "10.0.0.5"], ["169.254.169.254"], ["::1"]])
def test_a_name_that_leads_inside_is_not_called_not_even_with_a_public_address_beside(found: list[str]) -> None:
    public = Reach((), plain_http=False)
    with closing(Line("https://receiver.example/", public, 5, look_up=lambda *_: found)) as line:
        reply = line.post({}, b"{}")

    assert reply.status_code is None
    assert found[-1] in reply.error


def test_a_look_up_that_never_ends_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [released.wait(10)][:0])
    began = time.monotonic()
    with closing(Line("https://receiver.example/", AT_HOME, 0.3)) as line:
        reply = line.post({}, b"{}")
    released.set()

    assert "receiver.example was not found within" in reply.error
    assert time.monotonic() - began < 1


def test_a_name_that_is_none_is_an_error_like_any_other() -> None:
    with pytest.raises(OSError, match="cannot be looked up"):
        resolve("a" * 64 + ".example", 443, 5)


def test_a_line_is_kept_open_for_the_next_message() -> None:
    with open_receiver("healthy") as receiver, closing(Line(receiver.url, AT_HOME, 5)) as line:
        began = [line.post({"webhook-id": str(number)}, b"{}").status_code for number in range(3)]
        first = line._wire
        line.post({"webhook-id": "3"}, b"{}")
        again = line._wire

    assert began == [204, 204, 204]
    assert first is again is not None
    assert receiver.ids() == ["0", "1", "2", "3"]


def test_a_line_that_the_receiver_closed_meanwhile_is_opened_again_once(tls: Tls) -> None:
    line = Line(f"https://receiver.example:{tls.port}/", AT_HOME, 5, look_up=here, tls=trusting())
    with closing(line):
        replies = [line.post({}, b"{}").status_code for _ in range(3)]

    assert replies == [200, 200, 200]
    assert len(tls.requests) == 3


def test_more_than_64_kib_of_an_answer_is_not_read_and_the_line_is_not_kept() -> None:
    with open_receiver("endless") as receiver, closing(Line(receiver.url, AT_HOME, 5)) as line:
        replies = [line.post({}, b"{}") for _ in range(2)]

    assert [reply.status_code for reply in replies] == [200, 200]
    assert line._wire is None
