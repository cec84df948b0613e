"""What every place that keeps photos offers, and how it says that it can't."""

from typing import Protocol


class PhotoStoreUnavailable(Exception):
    """Photos can't be kept or read just now; nothing half-written was left behind, trying again is safe."""


class PhotoStoreFull(PhotoStoreUnavailable):
    """There is no room left for a photo; trying again helps only after someone made room."""


class PhotoNotFound(LookupError):
    """No photo is kept under this hash."""


class PhotoDamaged(Exception):
    """The bytes kept no longer match their hash, so they prove nothing; restore them from a backup."""


class Objects(Protocol):
    """Named bytes in a durable place. Both calls raise PhotoStoreUnavailable, or its kind for no room."""

    def write(self, key: str, data: bytes) -> None:
        """Keep the bytes under this key, durably and all or nothing; the same key again replaces them."""

    def read(self, key: str) -> bytes | None:
        """Give the bytes kept under this key, None where there are none."""
