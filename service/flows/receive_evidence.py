"""A photo comes in: hashed and on disk before it is acknowledged; a worker decodes it later."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from service.domain.ids import NewId
from service.evidence.media import Media, UnsupportedMedia, sniff_media
from service.evidence.photos import PhotoStore
from service.flows.answer_once import Answered, KeyTrouble, Refusal, Request, standing, trouble
from service.store import evidence
from service.store.database import Connection, ConnectionLost, Database
from service.store.idempotency import Kept


@dataclass(frozen=True, slots=True)
class Received:
    """A photo as it was stored."""

    evidence_id: str
    sha256: str
    media_type: str
    kind: str
    size_bytes: int


def keep_photo(photos: PhotoStore, data: bytes, kind: str, most_bytes: int, new_id: NewId) -> Received | Refusal:
    """Check size and kind of file, store the bytes under their hash, and give the photo an id.

    Raises PhotoStoreUnavailable (and its kind PhotoStoreFull) when the bytes cannot be put on disk.
    """
    if not data:
        return Refusal("photo_empty", "the photo has no bytes: send the file itself", "file")
    if len(data) > most_bytes:
        return Refusal("photo_too_large", f"{len(data)} bytes, at most {most_bytes}: send a smaller photo", "file")
    match sniff_media(data):
        case UnsupportedMedia() as unsupported:
            return Refusal("photo_type_unsupported", unsupported.because, "file")
        case Media() as media:
            return Received(new_id("evd"), photos.put(data), media.media_type, kind, len(data))


def take_photo(db: Database, request: Request, photo: Received, answer: Any) -> Answered | Refusal:
    """Store a kept photo's row and give its answer, or what was answered under the key before. One round trip."""
    try:
        taken = _take(db, request, photo, answer)
    except ConnectionLost:
        taken = _take(db, request, photo, answer)  # If the first was stored after all, its answer is found below.
    if taken:
        return Answered(201, answer)
    with db.transaction() as conn:
        return standing(conn, request) or trouble(KeyTrouble.IN_FLIGHT)


def _take(db: Database, request: Request, photo: Received, answer: Any) -> bool:
    with db.autocommit() as conn:
        return evidence.take(conn, _row(request.client_id, photo), request.key, Kept(request.sha256, 201, answer))


def note_photos(conn: Connection, client_id: str, photos: Sequence[Received]) -> None:
    """Store the rows of kept photos and make their decoding due, in one statement."""
    evidence.add(conn, [_row(client_id, photo) for photo in photos])


def _row(client_id: str, photo: Received) -> dict[str, Any]:
    return {
        "evidence_id": photo.evidence_id,
        "client_id": client_id,
        "sha256": photo.sha256,
        "media_type": photo.media_type,
        "kind": photo.kind,
        "size_bytes": photo.size_bytes,
    }
