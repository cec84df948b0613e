"""`storm`: thousands of claims while workers, broker, database, API, sweeper and bank fail, then the count."""

import threading
import time
from pathlib import Path

import urllib3
from rich.console import Console

from service.devstack.folder import passing_folder
from service.devstack.ports import free_port
from service.devstack.stack import Stack, serving
from service.devstack.storm.faults import bank_faults, bank_healed, let_loose, plan
from service.devstack.storm.load import Acknowledged, Door, in_threads, post_claims, upload_photos
from service.devstack.storm.oracle import Verdict, await_settled, judge
from service.devstack.storm.servers import StruckServers, struck_servers
from service.store.database import Database

POSTING_THREADS = 8
SETTLED_SECONDS = 60.0


def run_storm(*, seed: int, claims: int, seconds: float) -> int:
    """Run a storm and print its figures; 0 if the oracle found nothing wrong."""
    console = Console()
    with passing_folder("storm") as folder, struck_servers(folder) as servers:
        with serving(folder, free_port(), servers.addresses) as stack:
            verdict = _storm(console, stack, servers, seed, claims, seconds)
        if verdict.faults:
            _keep_logs(console, folder)
    return 1 if verdict.faults else 0


def _storm(console: Console, stack: Stack, servers: StruckServers, seed: int, claims: int, seconds: float) -> Verdict:
    acknowledged = Acknowledged()
    stop = threading.Event()
    photos = upload_photos(_door(stack, acknowledged), seed)
    bank_faults(stack, seed)
    strikes = plan(stack, servers, seed, seconds)
    striking = threading.Thread(target=let_loose, args=(strikes, console.print, stop))
    began = time.monotonic()
    striking.start()
    posting = in_threads(
        lambda numbers: post_claims(_door(stack, acknowledged), numbers, seed, photos), claims, POSTING_THREADS
    )
    for thread in posting:
        thread.join()
    posted_seconds = time.monotonic() - began
    striking.join()
    bank_healed(stack)
    db = Database(stack.env["DATABASE_URL"]).open()
    try:
        settled_after = await_settled(db, acknowledged.claims, SETTLED_SECONDS)
        verdict = judge(db, stack, acknowledged.claims, claims, settled_after)
    finally:
        db.close()
    _report(console, seed, claims, acknowledged, verdict, posted_seconds, len(strikes))
    return verdict


def _door(stack: Stack, acknowledged: Acknowledged) -> Door:
    http = urllib3.PoolManager(timeout=urllib3.Timeout(10.0), retries=False)
    return Door(http, stack.api_url, dict(stack.tokens), acknowledged)


def _report(
    console: Console, seed: int, claims: int, acknowledged: Acknowledged, verdict: Verdict, posted: float, strikes: int
) -> None:
    settled = "never" if verdict.settled_after_seconds is None else f"{verdict.settled_after_seconds:.1f} s"
    console.print(
        f"storm {seed}: {claims} claims asked, {verdict.claims} acknowledged in {posted:.1f} s with "
        f"{acknowledged.retries} retries (slowest {acknowledged.slowest_seconds:.1f} s), {strikes} strikes; "
        f"all settled {settled} after the last fault; {verdict.bank_effects} bank effects; "
        f"{len(verdict.faults)} faults"
    )
    for fault in verdict.faults:
        console.print(f"  FAULT {fault}")


def _keep_logs(console: Console, folder: Path) -> None:
    for log in sorted((folder / "logs").glob("*.log")):
        tail = log.read_text(errors="replace").splitlines()[-15:]
        console.print(f"--- the end of {log.name}\n" + "\n".join(tail), markup=False, highlight=False)
