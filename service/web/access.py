"""Who may call what: every route says so itself, and one that does not is closed."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import g, request
from structlog.contextvars import bind_contextvars

from schemas.vocabulary import Scope
from service.store import access
from service.store.access import Client
from service.store.database import Database
from service.web.problems import Problem

View = TypeVar("View", bound=Callable[..., Any])

KEPT_SECONDS = 5.0
MOST_KEPT = 10_000
LONGEST_TOKEN = 512


@dataclass(frozen=True, slots=True)
class Access:
    """The scopes of which one is enough; none at all for a route that is open to everyone."""

    any_of: tuple[Scope, ...]


def needs(*any_of: Scope) -> Callable[[View], View]:
    """Open a route to clients with one of these scopes."""
    if not any_of:
        raise ValueError("a route needs at least one scope: name it, or use open_to_all")
    return _declare(Access(any_of))


def open_to_all(view: View) -> View:
    """Open a route to everyone: it tells nothing, or what it takes is signed."""
    return _declare(Access(()))(view)


def declared(view: Callable[..., Any] | None) -> Access | None:
    """Return what a view says about its access, None if it says nothing."""
    return getattr(view, "access", None)


class Doorkeeper:
    """Knows the clients by their tokens' hashes and remembers each for some seconds."""

    def __init__(self, db: Database, clock: Callable[[], float]) -> None:
        self._db, self._clock = db, clock
        self._kept: OrderedDict[bytes, tuple[Client, float]] = OrderedDict()
        self._lock = threading.Lock()

    def client_of(self, token: str) -> Client | None:
        """Return a token's client; one that was revoked is refused within five seconds."""
        token_sha256 = hashlib.sha256(token.encode()).digest()
        with self._lock:
            kept = self._kept.get(token_sha256)
        if kept and kept[1] > self._clock():
            return kept[0]
        with self._db.autocommit() as conn:
            client = access.find(conn, token_sha256)
        with self._lock:
            self._kept.pop(token_sha256, None)
            if client:
                self._kept[token_sha256] = client, self._clock() + KEPT_SECONDS
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return client


def admit(doorkeeper: Doorkeeper, view: Callable[..., Any] | None) -> None:
    """Let this request through to its view, or raise the problem that says why not."""
    declaration = declared(view)
    if declaration is None:
        raise Problem(403, "access_undeclared", "this route does not say who may call it, so nobody may")
    if not declaration.any_of:
        return
    client = doorkeeper.client_of(_token())
    if client is None:
        raise _unknown("the token is unknown, expired or revoked: ask operations for a new one")
    g.client = client
    bind_contextvars(client_id=client.client_id)
    if client.scopes.isdisjoint(declaration.any_of):
        wanted = " or ".join(declaration.any_of)
        raise Problem(
            403,
            "scope_missing",
            f"this call needs the scope {wanted}, the token has {', '.join(sorted(client.scopes)) or 'none'}",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{" ".join(declaration.any_of)}"'},
        )


def caller() -> Client:
    """Return the client of this request."""
    return cast(Client, g.client)


def sees_claim(client: Client, row: dict[str, Any]) -> bool:
    """A farmer sees its own claims, a reviewer all, an app its own: opened by it, or for it by the service."""
    if client.farmer_id is not None:
        return bool(row["farmer_id"] == client.farmer_id)
    if Scope.CLAIMS_REVIEW in client.scopes:
        return True
    return bool(row["client_id"] == client.client_id)


def only_own_coupons(client: Client) -> str | None:
    """Return the client to whose claims a look at coupons is bound; None for who issues or reviews them."""
    sees_all = client.scopes & {Scope.COUPONS_WRITE, Scope.CLAIMS_REVIEW}
    return None if sees_all else client.client_id


def sees_farmer(client: Client, farmer_id: str) -> bool:
    """A farmer's token is bound to that farmer."""
    return client.farmer_id in (None, farmer_id)


def _token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise _unknown("no token: send Authorization: Bearer <token>")
    if len(token) > LONGEST_TOKEN:
        raise _unknown("the token is unknown, expired or revoked: ask operations for a new one")
    return token


def _unknown(detail: str) -> Problem:
    return Problem(401, "token_invalid", detail, headers={"WWW-Authenticate": 'Bearer realm="makegood"'})


def _declare(access_: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access_  # type: ignore[attr-defined]
        return view

    return mark
