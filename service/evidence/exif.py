"""What the camera wrote beside the picture.

Strangers write it too, so whatever makes no sense counts as absent.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

_OFFSET = re.compile(r"[+-](0\d|1[0-4]):[0-5]\d")
_PLAUSIBLE_YEARS = range(1990, 2200)
_LONGEST_CAMERA = 100
_GPS_DECIMALS = 3
"""About 100 m: enough to tell the village, not the house."""


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """The camera's word on a photo; `orientation` is the EXIF number, 1 for upright."""

    orientation: int = 1
    captured_at: str | None = None
    camera: str | None = None
    gps: tuple[float, float] | None = None


def read_camera_facts(image: Image.Image) -> CameraFacts:
    """Read what the camera wrote; what can't be parsed leaves its facts unknown and the photo readable."""
    exif = _or_nothing(image.getexif)
    if not exif:
        return CameraFacts()
    details = _or_nothing(lambda: exif.get_ifd(ExifTags.IFD.Exif)) or {}
    place = _or_nothing(lambda: exif.get_ifd(ExifTags.IFD.GPSInfo)) or {}
    orientation = _or_nothing(lambda: exif.get(ExifTags.Base.Orientation))
    return CameraFacts(
        orientation=orientation if orientation in range(1, 9) else 1,
        captured_at=_or_nothing(lambda: _captured_at(details)),
        camera=_or_nothing(lambda: _camera(exif)),
        gps=_or_nothing(lambda: _gps(place)),
    )


def _or_nothing(read: Callable[[], Any]) -> Any:
    """Read one fact; Pillow's EXIF parser raises errors of nearly every type on malformed blocks."""
    try:
        return read()
    except MemoryError:
        raise
    except Exception:
        return None


def _captured_at(details: dict[int, Any]) -> str | None:
    """Give the moment of capture; a year outside the plausible ones is a clock that was never set."""
    written = _text(details.get(ExifTags.Base.DateTimeOriginal))
    moment = datetime.strptime(written, "%Y:%m:%d %H:%M:%S")
    if moment.year not in _PLAUSIBLE_YEARS:
        return None
    offset = _text(details.get(ExifTags.Base.OffsetTimeOriginal))
    return moment.isoformat() + (offset if _OFFSET.fullmatch(offset) else "")


def _camera(exif: Image.Exif) -> str | None:
    make, model = _text(exif.get(ExifTags.Base.Make)), _text(exif.get(ExifTags.Base.Model))
    name = model if model.lower().startswith(make.lower()) else f"{make} {model}"
    return name.strip()[:_LONGEST_CAMERA] or None


def _gps(place: dict[int, Any]) -> tuple[float, float] | None:
    """Give latitude and longitude in degrees; exactly 0, 0 is what cameras write that had no fix."""
    latitude = _degrees(place[ExifTags.GPS.GPSLatitude], place.get(ExifTags.GPS.GPSLatitudeRef), "S")
    longitude = _degrees(place[ExifTags.GPS.GPSLongitude], place.get(ExifTags.GPS.GPSLongitudeRef), "W")
    on_earth = abs(latitude) <= 90 and abs(longitude) <= 180
    if not on_earth or (latitude, longitude) == (0, 0):
        return None
    return round(latitude, _GPS_DECIMALS), round(longitude, _GPS_DECIMALS)


def _degrees(parts: Any, hemisphere: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    angle = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(angle):
        raise ValueError(f"{parts!r} is no angle")
    return -angle if _text(hemisphere).upper() == negative else angle


def _text(value: Any) -> str:
    """Take text as the camera wrote it, without the control characters that no database would keep."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return "".join(letter for letter in str(value or "") if letter.isprintable()).strip()
