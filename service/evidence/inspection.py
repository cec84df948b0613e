"""What decoding a photo told, as a value that travels as JSON beside the bytes that are shown."""

from dataclasses import dataclass, fields, replace
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Inspection:
    """The findings on one photo: readable with its facts, or not readable with the refusal that says why.

    Width and height are pixels as a person sees them, orientation applied. `captured_at` is ISO 8601, with an
    offset only if the camera wrote one. `gps` is latitude and longitude in degrees, rounded to about 100 m.
    `shown` is the copy for people's eyes: a small JPEG without metadata, empty where nothing could be read.
    """

    readable: bool
    refusal: str | None = None
    media_type: str | None = None
    format: str | None = None
    width: int | None = None
    height: int | None = None
    captured_at: str | None = None
    camera: str | None = None
    gps: tuple[float, float] | None = None
    shown: bytes = b""

    def to_json(self) -> dict[str, Any]:
        """Give everything but the bytes, ready to be kept as jsonb."""
        document = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "shown"}
        return document | {"gps": list(self.gps) if self.gps else None}

    @classmethod
    def from_json(cls, document: dict[str, Any], shown: bytes = b"") -> Self:
        """Take back what `to_json` gave; raises TypeError or ValueError for any other document."""
        latitude_longitude = document.get("gps")
        gps = None if latitude_longitude is None else _degrees(latitude_longitude)
        inspection = replace(cls(**{**document, "shown": shown}), gps=gps)
        _check_types(inspection)
        return inspection


def refused(because: str, media_type: str | None = None) -> Inspection:
    """Answer for a photo that can't be used, in words that name the fact and the limit."""
    return Inspection(readable=False, refusal=because, media_type=media_type)


def _degrees(pair: Any) -> tuple[float, float]:
    latitude, longitude = pair
    return float(latitude), float(longitude)


def _check_types(inspection: Inspection) -> None:
    if not isinstance(inspection.readable, bool):
        raise TypeError(f"readable is {inspection.readable!r}; it must be true or false")
    for name in ("refusal", "media_type", "format", "captured_at", "camera"):
        if not isinstance(getattr(inspection, name), str | None):
            raise TypeError(f"{name} is {getattr(inspection, name)!r}; it must be text or null")
    for name in ("width", "height"):
        if not isinstance(getattr(inspection, name), int | None):
            raise TypeError(f"{name} is {getattr(inspection, name)!r}; it must be a number of pixels or null")
