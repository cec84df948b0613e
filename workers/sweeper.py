"""The sweeper: every second it wakes what is due, and does it itself when the broker makes no progress."""

import signal
import sys
import threading
import time
from collections.abc import Callable

import structlog

from service.config import read_config
from service.flows.run_work import drain
from service.flows.seal_secrets import seal_secrets
from service.store import events, gauges, idempotency, ledger, payloads, watch, webhooks, work
from service.store.database import Connection, DatabaseUnavailable
from service.wiring.broker import Waker
from service.wiring.logs import set_up_logs
from service.wiring.parts import START_FAULTS, Parts, open_parts
from service.wiring.steps import steps_of

BEAT_SECONDS = 1.0
STALE_SECONDS = 30.0
HOUSEKEEPING_SECONDS = 60.0
FORGETTING_SECONDS = 2.0
"""How long each kind of what is past its time may keep the next beat waiting; a batch takes some milliseconds."""

log = structlog.get_logger()


def sweep(parts: Parts, waker: Waker, stale_seconds: float = STALE_SECONDS) -> None:
    """One beat: park what is exhausted, wake what is due, and do what nobody has done for `stale_seconds`."""
    with parts.db.autocommit() as conn:
        watch.beat(conn, "sweeper")
        work.park_exhausted(conn)
        webhooks.call_up_all(conn)
        due, stale = work.due_kinds(conn), work.due_kinds(conn, stale_seconds)
    waker.wake(due)
    steps = steps_of(parts)
    for kind in stale:
        log.warning("doing_work_without_workers", kind=kind, stale_seconds=stale_seconds)
        drain(parts.db, kind, steps[kind], most_batches=5)


def keep_house(parts: Parts) -> None:
    """Fold old entries into balances and tallies, sum up the ledger, forget what is past its time, seal secrets.

    Each in a transaction of its own: one that has written something holds up the feed of events until it ends.
    """
    with parts.db.transaction() as conn:
        ledger.roll_up(conn)
    with parts.db.transaction() as conn:
        gauges.fold_tallies(conn)
    with parts.db.transaction() as conn:
        gauges.check_ledger(conn)
    payload_days = parts.config.carriers.payload_days
    _forget(parts, idempotency.forget_old, idempotency.FORGOTTEN_AT_ONCE)
    _forget(parts, events.forget_old, events.FORGOTTEN_AT_ONCE)
    _forget(parts, lambda conn: payloads.forget_old(conn, payload_days), payloads.FORGOTTEN_AT_ONCE)
    with parts.db.transaction() as conn:
        webhooks.forget_removed(conn)
    seal_secrets(parts.db, parts.vault)


def _forget(parts: Parts, batch: Callable[[Connection], int], at_once: int) -> None:
    """Delete what is past its time, a batch a transaction, until none is left or its time in this minute is up."""
    ends_at = time.monotonic() + FORGETTING_SECONDS
    while time.monotonic() < ends_at:
        with parts.db.transaction() as conn:
            if batch(conn) < at_once:
                return


def run(parts: Parts, waker: Waker, stop: threading.Event) -> None:
    """Sweep until stopped; of several sweepers one leads, the others wait for its lock."""
    while not stop.is_set():
        try:
            with watch.candidacy(parts.db) as conn:
                _lead(parts, waker, conn, stop)
        except DatabaseUnavailable as fault:
            log.warning("database_unavailable", because=str(fault))
            stop.wait(BEAT_SECONDS)
        except Exception:
            log.exception("beat_failed")
            stop.wait(BEAT_SECONDS)


def _lead(parts: Parts, waker: Waker, conn: Connection, stop: threading.Event) -> None:
    tidy_at = 0.0
    while not stop.is_set():
        if watch.leads(conn):
            sweep(parts, waker)
            if time.monotonic() >= tidy_at:
                keep_house(parts)
                tidy_at = time.monotonic() + HOUSEKEEPING_SECONDS
        stop.wait(BEAT_SECONDS)


def main() -> None:
    """Run the sweeper process until SIGTERM or SIGINT."""
    config = read_config()
    set_up_logs(as_json=config.log_json, process="sweeper")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        parts = open_parts(config)
    except START_FAULTS as fault:
        sys.exit(f"makegood: {fault}")
    run(parts, Waker(config.redis_url), stop)


if __name__ == "__main__":
    main()
