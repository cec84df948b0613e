"""Gives one request of a client one answer for ever, in the transaction that makes the answer true."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service.store import idempotency
from service.store.database import Connection, Database
from service.store.idempotency import Kept


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, under which key, and the hash of all that was asked."""

    client_id: str
    key: str
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """An expected no: a stable code, the sentence with the remedy, and the field it is about."""

    code: str
    detail: str
    field: str | None = None


class KeyTrouble(StrEnum):
    """Why a key gives no answer."""

    IN_FLIGHT = "idempotency_key_in_flight"
    REUSED = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a request, and whether it was given before."""

    status_code: int
    body: Any
    replayed: bool = False


def answer_once(db: Database, request: Request, act: Callable[[Connection], Answered | Refusal]) -> Answered | Refusal:
    """Do `act` unless this request was answered before; a refusal changes nothing and is not kept."""
    with db.transaction() as conn:
        earlier = standing(conn, request)
        if earlier:
            return earlier
        answer = act(conn)
        if isinstance(answer, Refusal):
            conn.rollback()
            return answer
        kept = Kept(request.sha256, answer.status_code, answer.body)
        idempotency.keep(conn, request.client_id, request.key, kept)
        return answer


def standing(conn: Connection, request: Request) -> Answered | Refusal | None:
    """Return what a key stands for: its earlier answer, or why it gives none; None where it is free and now ours."""
    alone = idempotency.alone(conn, request.client_id, request.key)
    earlier = replay(conn, request)
    return earlier or (None if alone else trouble(KeyTrouble.IN_FLIGHT))


def replay(conn: Connection, request: Request) -> Answered | Refusal | None:
    """Return what was answered under the key before, or the refusal of a key used for something else."""
    kept = idempotency.find(conn, request.client_id, request.key)
    if kept is None:
        return None
    if kept.request_sha256 != request.sha256:
        return trouble(KeyTrouble.REUSED)
    return Answered(kept.status_code, kept.answer, replayed=True)


def trouble(what: KeyTrouble) -> Refusal:
    """Return the refusal of a key."""
    sentences = {
        KeyTrouble.IN_FLIGHT: "a request with this key is under way: wait a second and send it again",
        KeyTrouble.REUSED: "this key was used for another request: take a new key for a new request",
    }
    return Refusal(what, sentences[what], "Idempotency-Key")
