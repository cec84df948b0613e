"""The bank's clerk, who ends transfers in process when their time is over and calls back about them."""

import http.client
import threading
from dataclasses import asdict
from json import dumps
from urllib.parse import urlsplit

from service.devstack.bank.ledger import DueNotice, Ledger, Standing
from service.refunds.base import Clock
from service.refunds.signature import Message, sign

PATIENCE_SECONDS = 5.0
MOST_ATTEMPTS = 8
FIRST_WAIT_SECONDS = 0.5


def standing_body(standing: Standing) -> bytes:
    """How a transfer stands, as answers and callbacks say it."""
    return dumps(asdict(standing), ensure_ascii=False, separators=(",", ":")).encode()


class Clerk:
    """A thread that does what the ledger says is due and knows nothing else: a killed bank loses nothing."""

    def __init__(self, ledger: Ledger, secrets: tuple[bytes, ...], clock: Clock) -> None:
        self._ledger = ledger
        self._secrets = secrets
        self._clock = clock
        self._nudged = threading.Event()
        self._dismissed = False
        self._thread = threading.Thread(target=self._work, name="bank-clerk", daemon=True)

    def start(self) -> None:
        """Begin with what an earlier bank left open."""
        self._thread.start()

    def nudge(self) -> None:
        """Say that something new may be due."""
        self._nudged.set()

    def dismiss(self) -> None:
        """Stop after the callback at hand."""
        self._dismissed = True
        self._nudged.set()
        self._thread.join(timeout=1)

    def _work(self) -> None:
        while not self._dismissed:
            self._nudged.clear()
            self._ledger.end_due(self._clock())
            for notice in self._ledger.due_notices(self._clock()):
                if self._dismissed:
                    return
                self._call_back(notice)
            self._nudged.wait(self._pause_seconds())

    def _pause_seconds(self) -> float | None:
        due_at = self._ledger.next_due_at()
        return None if due_at is None else max(0.0, due_at - self._clock())

    def _call_back(self, notice: DueNotice) -> None:
        taken = _post(notice, self._secrets, self._clock())
        if taken or notice.attempts + 1 >= MOST_ATTEMPTS:
            self._ledger.strike_notice(notice.number)
        else:
            wait_seconds = FIRST_WAIT_SECONDS * 2**notice.attempts
            self._ledger.postpone_notice(notice.number, self._clock() + wait_seconds)


def _post(notice: DueNotice, secrets: tuple[bytes, ...], now: float) -> bool:
    """Whether the other side took it; every copy and attempt of one notice carries one webhook-id."""
    parts = urlsplit(notice.notify_url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = standing_body(notice.standing)
    message_id = f"{notice.standing.reference}_{notice.standing.status}"
    headers = sign(secrets, Message("POST", target, body), message_id, now)
    open_line = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    line = open_line(parts.hostname or "", parts.port, timeout=PATIENCE_SECONDS)
    try:
        line.request("POST", target, body, {**headers, "content-type": "application/json"})
        return 200 <= line.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
