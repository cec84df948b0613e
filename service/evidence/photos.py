"""Photos kept by the hash of their bytes: the original for proof, a re-encoded copy for people's eyes."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from service.evidence.bucket import open_bucket
from service.evidence.folder import FolderObjects
from service.evidence.objects import (
    Objects,
    PhotoDamaged,
    PhotoNotFound,
    PhotoStoreFull,
    PhotoStoreUnavailable,
)

__all__ = [
    "PhotoDamaged",
    "PhotoNotFound",
    "PhotoStore",
    "PhotoStoreFull",
    "PhotoStoreUnavailable",
    "open_photo_store",
]

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class PhotoStore:
    """Where photos are kept; any call may raise PhotoStoreUnavailable, a put also its kind PhotoStoreFull."""

    objects: Objects

    def put(self, data: bytes) -> str:
        """Keep an original and give the SHA-256 of its bytes in hex; the same bytes are the same photo."""
        sha256 = hashlib.sha256(data).hexdigest()
        self.objects.write(_original_key(sha256), data)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Give an original as it arrived; raises PhotoNotFound, or PhotoDamaged if its bytes have changed."""
        data = self._read(_original_key(sha256), sha256)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise PhotoDamaged(f"photo {sha256}: the bytes kept have another hash; restore them from a backup")
        return data

    def put_shown(self, sha256: str, shown: bytes) -> None:
        """Keep the copy that is shown of the original with this hash."""
        self.objects.write(_shown_key(sha256), shown)

    def get_shown(self, sha256: str) -> bytes:
        """Give the copy that is shown of the original with this hash; may raise PhotoNotFound."""
        return self._read(_shown_key(sha256), sha256)

    def _read(self, key: str, sha256: str) -> bytes:
        data = self.objects.read(key)
        if data is None:
            raise PhotoNotFound(f"no photo is kept under {sha256}")
        return data


def open_photo_store(url: str) -> PhotoStore:
    """Open the store that a URL names: file:///folder or s3://bucket/prefix; raises ValueError for any other.

    Open it after a fork, not before: the S3 client keeps threads.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path.startswith("/"):
        return PhotoStore(FolderObjects(Path(unquote(parts.path))))
    if parts.scheme == "s3" and parts.netloc:
        return PhotoStore(open_bucket(parts.netloc, unquote(parts.path).strip("/")))
    raise ValueError(f"photo store {url!r} is not understood; give file:///folder or s3://bucket/prefix")


def _original_key(sha256: str) -> str:
    return f"original/{_spread(sha256)}"


def _shown_key(sha256: str) -> str:
    return f"shown/{_spread(sha256)}.jpg"


def _spread(sha256: str) -> str:
    """Spread keys over 256 folders; a hash that is none must never become a path."""
    if not _SHA256.fullmatch(sha256):
        raise PhotoNotFound(f"{sha256[:80]!r} is no SHA-256 in hex, so no photo is kept under it")
    return f"{sha256[:2]}/{sha256[2:]}"
