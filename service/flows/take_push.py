"""A provider's push is taken: signed as its account demands, and on disk with the work of reading it."""

import hashlib
from collections.abc import Mapping
from typing import Any

from service.carriers.base import Account, Provider, Push
from service.store import carrier_accounts, payloads
from service.store.database import Database
from service.vault import Vault

MOST_HEADER_CHARACTERS = 4096
NOT_KEPT = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers with what would open a door elsewhere."""


def account_at(db: Database, vault: Vault, provider: str, path: str) -> Account | None:
    """Return the account that a path leads to, its secrets opened; None where there is none. Raises VaultLocked.

    A path is looked up by its hash, so the time it takes tells nothing of how much of a guess was right.
    """
    with db.autocommit() as conn:
        row = carrier_accounts.by_path(conn, provider, path_hash(path))
    return account_from(row, vault) if row else None


def take_push(db: Database, provider: Provider, account: Account, push: Push, request_id: str | None) -> bool:
    """Store a push that its account signed, with the work of reading it, and say whether it is new.

    Raises PushRefused for one that is not signed; nothing is stored of it.
    """
    provider.admit(push, account)
    with db.autocommit() as conn:
        _, new = payloads.keep(
            conn,
            provider=provider.name,
            account_id=account.account_id,
            source=payloads.PUSH,
            headers=_worth_keeping(push.headers),
            body=push.body,
            request_id=request_id,
        )
    return new


def account_from(row: dict[str, Any], vault: Vault) -> Account:
    """Return a stored account with its secrets opened; raises VaultLocked."""
    return Account(
        account_id=row["account_id"],
        provider=row["provider"],
        secrets=tuple(vault.open(sealed) for sealed in row["secrets"]),
        customer=row["customer"],
        query_key=vault.open(row["query_key"]) if row["query_key"] else "",
    )


def path_hash(path: str) -> bytes:
    """Return what the database keeps of a path: enough against theft, since a path is random and long."""
    return hashlib.sha256(path.encode()).digest()


def _worth_keeping(headers: Mapping[str, str]) -> dict[str, str]:
    """What proves later who sent it: all but credentials, within bounds."""
    kept: dict[str, str] = {}
    for name, value in sorted(headers.items()):
        fits = sum(map(len, kept.values())) + len(value) <= MOST_HEADER_CHARACTERS
        if name not in NOT_KEPT and fits and value.isprintable():
            kept[name] = value
    return kept
