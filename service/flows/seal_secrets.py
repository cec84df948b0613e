"""Secrets in the database are sealed with the newest key: what lay in clear, and what a key sealed that is replaced."""

import structlog

from service.store import carrier_accounts, webhooks
from service.store.database import Connection, Database
from service.vault import Vault, VaultLocked
from service.webhooks.signature import PREFIX, renewed

log = structlog.get_logger()


def seal_secrets(db: Database, vault: Vault) -> None:
    """Seal what an earlier version stored in clear; with several keys set, also what the first one does not open.

    What no key opens is logged and left as it is.
    """
    with db.transaction() as conn:
        _seal_webhooks(conn, vault)
    if vault.is_replaced:
        with db.transaction() as conn:
            _seal_accounts(conn, vault)


def _seal_webhooks(conn: Connection, vault: Vault) -> None:
    for row in webhooks.lock_secrets(conn, "" if vault.is_replaced else PREFIX):
        stored = {name: row[name] for name in ("secret", "earlier_secret")}
        try:
            kept = {name: value and renewed(vault, value) for name, value in stored.items()}
        except VaultLocked as locked:
            log.error("secrets_locked", webhook_id=row["webhook_id"], because=str(locked))
            continue
        if kept != stored:
            webhooks.keep_secrets(conn, row["webhook_id"], kept)
            log.info("secrets_sealed", webhook_id=row["webhook_id"])


def _seal_accounts(conn: Connection, vault: Vault) -> None:
    for row in carrier_accounts.lock_secrets(conn):
        stored = row["secrets"], row["query_key"]
        try:
            kept = [vault.renew(secret) for secret in stored[0]], stored[1] and vault.renew(stored[1])
        except VaultLocked as locked:
            log.error("secrets_locked", account_id=row["account_id"], because=str(locked))
            continue
        if kept != stored:
            carrier_accounts.keep_secrets(conn, row["account_id"], *kept)
            log.info("secrets_sealed", account_id=row["account_id"])
