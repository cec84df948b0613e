"""What operations do with providers of tracking from a shell, one function a command."""

import json
import secrets
import sys
from argparse import Namespace
from datetime import UTC, datetime

from service.carriers.registry import PROVIDERS
from service.config import Config
from service.flows.keep_carrier_account import Wanted, end_account, open_account, rotate_secret
from service.flows.list_unknown_codes import list_unknown_codes
from service.flows.reread_payloads import reread_payloads
from service.store import carrier_accounts, payloads
from service.wiring.parts import open_parts


def run_account_add(config: Config, asked: Namespace) -> int:
    """Open an account and print its path and secret, this once; a provider's own secrets come on standard input."""
    parts = open_parts(config)
    secret = _given("secret") if asked.secret_given else secrets.token_urlsafe(32)
    path = secrets.token_urlsafe(24)
    wanted = Wanted(
        name=asked.name,
        secret=secret,
        path=path,
        query_key=_given("query key") if asked.query_key_given else "",
        customer=asked.customer,
        asks=asked.asks,
        query_url=asked.query_url,
        asks_a_minute=asked.asks_a_minute,
        asks_a_day=asked.asks_a_day,
    )
    account_id = open_account(parts.db, parts.vault, PROVIDERS[asked.provider], wanted)
    print(f"account {account_id}")
    print(f"url     {config.public_url.rstrip('/')}/v1/carriers/{asked.provider}/{path}")
    if not asked.secret_given:
        print(f"secret  {secret}")
    return 0


def run_account_list(config: Config, asked: Namespace) -> int:
    """List accounts, newest first, one JSON object a line, without paths and secrets."""
    with open_parts(config).db.transaction() as conn:
        _print_rows(carrier_accounts.listed(conn, asked.provider))
    return 0


def run_account_rotate(config: Config, asked: Namespace) -> int:
    """Make a new secret live beside the present one and print it, or end the older one."""
    parts = open_parts(config)
    if asked.finish:
        rotate_secret(parts.db, parts.vault, asked.provider, asked.name, None)
        print("only the newest secret is live")
        return 0
    secret = _given("secret") if asked.secret_given else secrets.token_urlsafe(32)
    rotate_secret(parts.db, parts.vault, asked.provider, asked.name, secret)
    print("two secrets are live: end the older one with --finish" if asked.secret_given else f"secret  {secret}")
    return 0


def run_account_revoke(config: Config, asked: Namespace) -> int:
    """End an account: pushes to its path are no longer taken."""
    end_account(open_parts(config).db, asked.provider, asked.name)
    print("revoked")
    return 0


def run_reread(config: Config, asked: Namespace) -> int:
    """Read a provider's stored payloads again and print what changed; status 1 if some could not be read."""
    done = reread_payloads(open_parts(config).db, PROVIDERS, asked.provider, asked.since)
    print(
        f"{done.payloads} payloads read again, {done.unreadable} of them unreadable; {done.events} events told, "
        f"{done.added} added, {done.removed} taken back"
    )
    return 1 if done.unreadable else 0


def run_unknown_codes(config: Config, _: Namespace) -> int:
    """List codes that no table knows, the most frequent first, one JSON object a line."""
    with open_parts(config).db.transaction() as conn:
        _print_rows(list_unknown_codes(conn, PROVIDERS))
    return 0


def run_unreadable(config: Config, _: Namespace) -> int:
    """List payloads that could not be read, newest first, one JSON object a line."""
    with open_parts(config).db.transaction() as conn:
        _print_rows(payloads.unreadable(conn))
    return 0


def day(text: str) -> datetime:
    """Read a day or a time; without an offset it is UTC. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _given(what: str) -> str:
    """A secret in an argument would stand in the shell's history and in the list of processes."""
    secret = sys.stdin.readline().strip()
    if not secret:
        raise ValueError(f"no {what} on standard input: give it as one line")
    return secret


def _print_rows(rows: list[dict[str, object]]) -> None:
    for row in rows:
        print(json.dumps(row, ensure_ascii=False, default=str))
