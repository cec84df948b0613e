"""A photo comes in: hashed and on disk before it is acknowledged; a worker decodes it later."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.domain.ids import NewId
from service.evidence.media import Media, UnsupportedMedia, sniff_media
from service.evidence.photos import PhotoStore
from service.flows.answer_once import Refusal
from service.store import evidence
from service.store.database import Connection


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


def note_photos(conn: Connection, client_id: str, photos: Sequence[Received]) -> None:
    """Store the rows of kept photos and make their decoding due, in one statement."""
    rows = [
        {
            "evidence_id": photo.evidence_id,
            "client_id": client_id,
            "sha256": photo.sha256,
            "media_type": photo.media_type,
            "kind": photo.kind,
            "size_bytes": photo.size_bytes,
        }
        for photo in photos
    ]
    evidence.add(conn, rows)
