"""A client of the API is admitted: it gets a token once, of which only the hash stays."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from schemas.vocabulary import Scope
from service.store import access
from service.store.database import Database

TOKEN_PREFIX = "mgd_"

ROLES: dict[str, tuple[Scope, ...]] = {
    "app": (
        Scope.EVIDENCE_WRITE,
        Scope.CLAIMS_WRITE,
        Scope.CLAIMS_READ,
        Scope.COUPONS_READ,
        Scope.EVENTS_READ,
        Scope.WEBHOOKS_WRITE,
    ),
    "orders": (Scope.ORDERS_WRITE, Scope.TRACKING_WRITE, Scope.COUPONS_READ, Scope.COUPONS_WRITE),
    "farmer": (Scope.FARMER_READ, Scope.CLAIMS_READ, Scope.CLAIMS_RESPOND, Scope.EVENTS_READ),
    "reviewer": (
        Scope.CLAIMS_READ,
        Scope.CLAIMS_REVIEW,
        Scope.FARMER_READ,
        Scope.COUPONS_READ,
        Scope.RECOVERIES_READ,
        Scope.EVENTS_ALL,
    ),
    "subscriber": (Scope.EVENTS_ALL, Scope.WEBHOOKS_WRITE),
    "developer": tuple(Scope),
    "operator": (
        Scope.WORK_ADMIN,
        Scope.PAYOUTS_WRITE,
        Scope.FARMER_READ,
        Scope.CLAIMS_READ,
        Scope.CLAIMS_REVIEW,
        Scope.EVENTS_ALL,
        Scope.WEBHOOKS_WRITE,
        Scope.COUPONS_READ,
        Scope.RECOVERIES_READ,
        Scope.RECOVERIES_WRITE,
    ),
}
"""Who usually calls, and what each may do; a developer's token, for trying things out, may do everything."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A new client with its token, shown this once."""

    client_id: str
    token: str


def admit_client(
    db: Database,
    name: str,
    role: str,
    randomness: str,
    *,
    farmer_id: str | None = None,
    expires_at: datetime | None = None,
) -> Admitted:
    """Admit a client in a role; `randomness` is URL-safe text of at least 32 bytes of entropy.

    Raises ValueError for an unknown role, or a farmer's role without its farmer (and the other way round).
    """
    if role not in ROLES:
        raise ValueError(f"role {role!r} is unknown: take one of {', '.join(ROLES)}")
    if (role == "farmer") != (farmer_id is not None):
        raise ValueError("a farmer's token names its farmer, and no other does: give --farmer with --role farmer")
    token = f"{TOKEN_PREFIX}{randomness}"
    with db.transaction() as conn:
        client_id = access.add(conn, name, list(ROLES[role]), farmer_id, token_hash(token), expires_at)
    return Admitted(client_id, token)


def token_hash(token: str) -> bytes:
    """Return what the database keeps of a token: enough against theft, since a token is random and long."""
    return hashlib.sha256(token.encode()).digest()
