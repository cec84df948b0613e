"""What operations do from a shell, one function a command."""

import json
import secrets
from argparse import Namespace
from datetime import UTC, datetime, timedelta

from service.config import Config
from service.flows.admit_client import ROLES, admit_client
from service.flows.pay_farmer import draw_payouts
from service.flows.replay_claim import replay_claim
from service.store import access, audit, work
from service.store.migrate import migrate
from service.wiring.parts import open_parts


def run_migrate(config: Config, _: Namespace) -> int:
    """Bring the database to the newest schema."""
    applied = migrate(config.database_url)
    print("\n".join(f"applied {name}" for name in applied) or "the schema is current")
    return 0


def run_token(config: Config, asked: Namespace) -> int:
    """Admit a client and print its token, this once."""
    expires_at = datetime.now(UTC) + timedelta(days=asked.days) if asked.days else None
    admitted = admit_client(
        open_parts(config).db,
        asked.name,
        asked.role,
        secrets.token_urlsafe(32),
        farmer_id=asked.farmer,
        expires_at=expires_at,
    )
    print(f"{admitted.client_id} {admitted.token}")
    return 0


def run_token_set(config: Config, asked: Namespace) -> int:
    """Admit one client of every role and print their tokens as JSON, for trying the API by hand."""
    db = open_parts(config).db
    tokens = {
        role: admit_client(
            db,
            f"{role} for trying out",
            role,
            secrets.token_urlsafe(32),
            farmer_id=asked.farmer if role == "farmer" else None,
        ).token
        for role in ROLES
    }
    print(json.dumps(tokens))
    return 0


def run_clients(config: Config, _: Namespace) -> int:
    """List clients, newest first."""
    with open_parts(config).db.transaction() as conn:
        for client in access.clients(conn):
            state = "revoked" if client["revoked_at"] else "live"
            print(client["client_id"], state, client["name"], client["farmer_id"] or "-", ",".join(client["scopes"]))
    return 0


def run_revoke(config: Config, asked: Namespace) -> int:
    """End a client's token; it is refused everywhere within seconds."""
    with open_parts(config).db.transaction() as conn:
        done = access.revoke(conn, asked.client)
    print("revoked" if done else f"no live client {asked.client}: see `python -m service clients`")
    return 0 if done else 1


def run_replay(config: Config, asked: Namespace) -> int:
    """Decide a claim again from what is stored and compare byte by byte; status 1 if anything differs."""
    replayed = replay_claim(open_parts(config).db, asked.claim)
    if not replayed:
        print(f"{asked.claim}: no decision is stored: check the id")
        return 1
    for one in replayed:
        verdict = "same bytes" if one.same else f"DIFFERS\n  stored {one.stored}\n  again  {one.again}"
        print(f"{one.decision_id} {one.kind} policy {one.policy_version}: {verdict}")
    return 0 if all(one.same for one in replayed) else 1


def run_parked(config: Config, asked: Namespace) -> int:
    """List parked work, or give one piece of it another try."""
    with open_parts(config).db.transaction() as conn:
        if asked.retry is None:
            for row in work.parked(conn):
                print(json.dumps(row, ensure_ascii=False, default=str))
            return 0
        done = work.retry(conn, asked.retry)
    print("due again" if done else f"no parked work {asked.retry}: see `python -m service parked`")
    return 0 if done else 1


def run_audit(config: Config, _: Namespace) -> int:
    """Check every promise of the books; status 1 if one is broken."""
    with open_parts(config).db.transaction() as conn:
        broken = audit.broken_promises(conn)
    for found in broken:
        print(f"BROKEN {found['promise']}: {found['subject']}: {found['detail']}")
    print(f"{len(audit.CHECKS)} promises checked, {len(broken)} broken")
    return 1 if broken else 0


def run_payouts(config: Config, _: Namespace) -> int:
    """Draw a batch of payouts; the workers send them."""
    parts = open_parts(config)
    for payout_id in draw_payouts(parts.db, config.refund_channel):
        print(payout_id)
    return 0
