"""Signatures as Standard Webhooks has them (v1, HMAC-SHA256), with every live secret side by side."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from service.vault import Vault

PREFIX = "whsec_"
SECRET_BYTES = 32
SEALED = "封:"
"""Begins what is stored of a sealed secret. It is not ASCII, so that a process of a version that kept secrets in clear
fails at it and leaves the message to others: it would sign with nonsense otherwise.
"""


def new_secret(randomness: bytes) -> str:
    """Return a secret as receivers are given it; from 32 random bytes."""
    return PREFIX + base64.b64encode(randomness).decode()


def sealed(vault: Vault, secret: str) -> str:
    """Return what is stored of a secret; raises VaultLocked."""
    return SEALED + vault.seal(secret)


def opened(vault: Vault, stored: str) -> str:
    """Return the secret that was stored, sealed, or in clear by an earlier version; raises VaultLocked."""
    return vault.open(stored.removeprefix(SEALED)) if stored.startswith(SEALED) else stored


def renewed(vault: Vault, stored: str) -> str:
    """Return what is stored of it from now on: sealed, with the newest key; raises VaultLocked."""
    in_clear = not stored.startswith(SEALED)
    return sealed(vault, stored) if in_clear else SEALED + vault.renew(stored.removeprefix(SEALED))


def signed_headers(secrets: Sequence[str], message_id: str, sent_at: float, body: bytes) -> dict[str, str]:
    """Return the three headers; a receiver accepts a message when it knows one of the secrets."""
    timestamp = str(int(sent_at))
    content = f"{message_id}.{timestamp}.".encode() + body
    signatures = (_signature(base64.b64decode(secret.removeprefix(PREFIX)), content) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _signature(key: bytes, content: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
