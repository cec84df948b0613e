"""Keeps secrets sealed at rest: to sign and to check needs them in clear, a stolen database must not have them."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

REMEDY = "make one with `openssl rand -base64 32 | tr '+/' '-_'`"


class VaultLocked(Exception):
    """Secrets cannot be sealed or opened; the message names the setting and the remedy, and never a secret."""


class Vault:
    """Seals with the first key and opens with any, so that a key can be replaced while both are set."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._each = [Fernet(key) for key in keys]
        self._keys = MultiFernet(self._each) if self._each else None
        self.is_replaced = len(self._each) > 1

    def seal(self, secret: str) -> str:
        """Return what may be stored; raises VaultLocked without a key."""
        return self._unlocked().encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return the secret; raises VaultLocked where no key fits."""
        try:
            return self._unlocked().decrypt(sealed).decode()
        except InvalidToken:
            raise VaultLocked(
                "MAKEGOOD_SECRETS_KEY opens no stored secret: add the key that sealed it, after a comma"
            ) from None

    def renew(self, sealed: str) -> str:
        """Return it sealed with the newest key, unchanged if it is so already; raises VaultLocked as `open` does."""
        secret = self.open(sealed)
        try:
            self._each[0].decrypt(sealed)
        except InvalidToken:
            return self.seal(secret)
        return sealed

    def _unlocked(self) -> MultiFernet:
        if self._keys is None:
            raise VaultLocked(f"MAKEGOOD_SECRETS_KEY is not set: {REMEDY}")
        return self._keys


def open_vault(keys: str) -> Vault:
    """Return the vault of one or more keys with commas between, the newest first; raises VaultLocked for a bad one."""
    try:
        return Vault([key.strip() for key in keys.split(",") if key.strip()])
    except ValueError:
        raise VaultLocked(f"MAKEGOOD_SECRETS_KEY is not 32 bytes in URL-safe base64: {REMEDY}") from None
