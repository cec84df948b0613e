"""What all signed pushes have in common: live secrets, and a comparison that takes the same time for any guess."""

import hashlib
import hmac
from collections.abc import Callable

from service.carriers.base import Account, Push, PushRefused

OWN_HEADER = "makegood-signature"
"""Carries `sha256=` and the HMAC-SHA256 of the raw body in hex, where a format has no signature of its own."""


def demand(push: Push, header: str, account: Account, signed: Callable[[str], str]) -> None:
    """Raise PushRefused unless `header` holds what `signed` gives for one of the account's live secrets."""
    secrets = live_secrets(account)
    given = push.headers.get(header, "").strip()
    if not given:
        raise PushRefused(f"the header {header} is missing: sign the raw body with the account's secret")
    if not any_fits(given, [signed(secret) for secret in secrets]):
        raise PushRefused(
            f"{header} fits no live secret of {account.account_id}: compare secrets, and sign the raw bytes"
        )


def live_secrets(account: Account) -> tuple[str, ...]:
    """Return the secrets that can sign; raises PushRefused if there is none, for an empty one signs for everybody."""
    secrets = tuple(secret for secret in account.secrets if secret.strip())
    if not secrets:
        raise PushRefused(f"{account.account_id} has no secret: set one here and at {account.provider}")
    return secrets


def any_fits(given: str, expected: list[str]) -> bool:
    """Compare with each expected signature, in a time that tells nothing of it."""
    raw = given.encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(raw, one.encode()) for one in expected)


def demand_own(push: Push, account: Account) -> None:
    """Check our own signature; raises PushRefused."""
    demand(push, OWN_HEADER, account, lambda secret: own_signature(secret, push.body))


def own_signature(secret: str, body: bytes) -> str:
    """Sign a body for our own header."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
