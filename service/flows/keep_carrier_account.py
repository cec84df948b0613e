"""Accounts at providers of tracking: opened with a path and a secret that are shown once, rotated, ended."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from service.carriers.base import Answering, Provider
from service.flows.take_push import path_hash
from service.store import carrier_accounts, questions
from service.store.database import Database
from service.vault import Vault

WATCHED_DAYS = 30
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account to be opened: a provider's own secrets where it gives them, and how fast we may ask."""

    name: str
    secret: str = field(repr=False)
    path: str = field(repr=False)
    query_key: str = field(default="", repr=False)
    customer: str = ""
    asks: bool = False
    query_url: str = ""
    asks_a_minute: int = 60
    asks_a_day: int = 10_000


def open_account(db: Database, vault: Vault, provider: Provider, wanted: Wanted) -> str:
    """Open an account and return its id; `secret` and `path` are random texts of 128 bits or more, or the provider's.

    Raises ValueError for what does not fit together, naming the remedy, and VaultLocked.
    """
    _check(provider, wanted)
    values = {
        "provider": provider.name,
        "name": wanted.name,
        "path_sha256": path_hash(wanted.path),
        "secrets": [vault.seal(wanted.secret)],
        "query_key": vault.seal(wanted.query_key) if wanted.query_key else "",
        "customer": wanted.customer,
        "query_url": wanted.query_url,
        "asks": wanted.asks,
        "asks_a_minute": wanted.asks_a_minute,
        "asks_a_day": wanted.asks_a_day,
    }
    with db.transaction() as conn:
        account_id = carrier_accounts.add(conn, values)
        if account_id is None:
            raise ValueError(f"{provider.name} has a live account {wanted.name}: rotate or revoke it, or name another")
        if wanted.asks:
            questions.watch_all(conn, WATCHED_DAYS)
    return account_id


def rotate_secret(db: Database, vault: Vault, provider: str, name: str, secret: str | None) -> None:
    """Make a new secret live beside the newest one; without one, only the newest stays. Raises ValueError."""
    _not_blank(secret)
    with db.transaction() as conn:
        if not carrier_accounts.rotate(conn, provider, name, vault.seal(secret) if secret else None):
            raise ValueError(_unknown(provider, name))


def end_account(db: Database, provider: str, name: str) -> None:
    """End an account: its path leads nowhere from now on. Raises ValueError."""
    with db.transaction() as conn:
        if not carrier_accounts.revoke(conn, provider, name):
            raise ValueError(_unknown(provider, name))


def _check(provider: Provider, wanted: Wanted) -> None:
    _not_blank(wanted.secret)
    if wanted.asks and not isinstance(provider, Answering):
        raise ValueError(f"{provider.name} cannot be asked: leave --asks out")
    url = urlsplit(wanted.query_url)
    if wanted.query_url and url.scheme != "https" and url.hostname not in LOOPBACK:
        raise ValueError("--query-url must be https: an answer is believed because we asked over https")
    if wanted.asks_a_minute < 1 or wanted.asks_a_day < 1:
        raise ValueError("--asks-a-minute and --asks-a-day must be at least 1: raise them, or leave --asks out")


def _not_blank(secret: str | None) -> None:
    if secret is not None and not secret.strip():
        raise ValueError("the secret is empty, and an empty one signs for everybody: give the provider's own")


def _unknown(provider: str, name: str) -> str:
    return f"{provider} has no live account {name}: see `python -m service carrier-account list {provider}`"
