"""Counts after a storm: what was acknowledged is there, settled, paid once, and the books balance."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog
import urllib3

from service.devstack.stack import Stack
from service.store import audit, ledger, work
from service.store.database import Database, DatabaseUnavailable

LOOK_SECONDS = 0.25
TELL_SECONDS = 5.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Seconds until all was settled (None: never), and every fault found, in words."""

    settled_after_seconds: float | None
    asked: int
    claims: int
    bank_effects: int
    faults: tuple[str, ...]


def await_settled(
    db: Database, claim_ids: Iterable[str], most_seconds: float, tell: Callable[[str], None]
) -> float | None:
    """Wait until every claim is decided, paid and charged; return after how many seconds, None if it never was."""
    wanted, began = list(claim_ids), time.monotonic()
    told_at = began
    while time.monotonic() - began < most_seconds:
        try:
            with db.autocommit() as conn:
                waiting = audit.unsettled(conn, wanted)
        except DatabaseUnavailable as fault:
            log.warning("not_counted_yet", because=str(fault))
        else:
            if not waiting:
                return time.monotonic() - began
            if time.monotonic() > told_at + TELL_SECONDS:
                told_at = time.monotonic()
                tell(f"{len(waiting)} claims are not settled yet")
        time.sleep(LOOK_SECONDS)
    return None


def judge(
    db: Database,
    stack: Stack,
    claim_ids: Iterable[str],
    asked: int,
    settled_after: float | None,
    *,
    parked: Sequence[str] = (),
) -> Verdict:
    """Compare what was acknowledged with the database, and the database with the bank's own books.

    `parked` are the subjects whose work is meant to be parked.
    """
    wanted = list(claim_ids)
    effects = bank_effects(stack)
    with db.transaction() as conn:
        missing = audit.missing_claims(conn, wanted)
        broken = audit.broken_promises(conn)
        drift = ledger.drift(conn)
        paid = audit.paid_refunds(conn)
        twice = audit.decided_again(conn, wanted)
        aside = [row for row in work.parked(conn) if row["subject_id"] not in parked]
        waiting = audit.unsettled(conn, wanted)
    faults = [f"acknowledged and lost: {claim_id}" for claim_id in missing[:10]]
    faults += [f"{row['promise']}: {row['subject']}: {row['detail']}" for row in broken]
    faults += [f"parked: {row['kind']} {row['subject_id']}: {row['last_error']}" for row in aside[:10]]
    faults += [f"the bank moved {key} otherwise than the ledger says" for key in _differences(paid, effects)[:10]]
    if len(wanted) < asked:
        faults.append(f"{asked - len(wanted)} of {asked} claims were never acknowledged")
    faults += [f"decided {row['times']} times: {row['claim_id']}" for row in twice[:10]]
    if drift:
        faults.append(f"the ledger drifts by {drift}")
    if settled_after is None:
        faults.append(f"{len(waiting)} claims were not settled in time")
        faults += [f"not settled: {row}" for row in waiting[:10]]
    return Verdict(settled_after, asked, len(wanted), len(effects), tuple(faults))


def bank_effects(stack: Stack) -> dict[str, int]:
    """Read every movement of money off the bank's own books."""
    http = urllib3.PoolManager(timeout=urllib3.Timeout(10.0))
    headers = {"Authorization": f"Bearer {stack.env['MAKEGOOD_BANK_SECRET']}"}
    effects: dict[str, int] = {}
    cursor = ""
    while True:
        after = f"&after={cursor}" if cursor else ""
        page = http.request("GET", f"{stack.bank_url}/v1/transfers?limit=1000{after}", headers=headers).json()
        for transfer in page["data"]:
            if transfer["id"] in effects:
                raise AssertionError(f"the bank lists {transfer['transfer_id']} twice")
            effects[transfer["id"]] = transfer["amount"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            return effects


def _differences(paid: dict[str, int], effects: dict[str, int]) -> list[str]:
    return sorted(key for key in paid.keys() | effects.keys() if paid.get(key) != effects.get(key))
