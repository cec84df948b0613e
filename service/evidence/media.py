"""Which photos are taken, told by their first bytes and never by a name or a header that came along."""

from dataclasses import dataclass

from pillow_heif import libheif_version

SAFE_LIBHEIF = (1, 22, 1)
"""The first libheif whose critical memory bugs are fixed; HEIC is refused under any older one."""

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_HEIF_BRANDS = {b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}
_FTYP_BYTES = 256

_NOT_TAKEN = (
    (b"GIF8", "a GIF"),
    (b"%PDF", "a PDF"),
    (b"BM", "a BMP"),
    (b"II*\x00", "a TIFF or camera raw file"),
    (b"MM\x00*", "a TIFF or camera raw file"),
    (b"PK\x03\x04", "a ZIP archive or office document"),
    (b"\x1a\x45\xdf\xa3", "a Matroska or WebM video"),
)


@dataclass(frozen=True, slots=True)
class Media:
    """A kind of photo that is taken: its media type, and the only decoders that may open it."""

    media_type: str
    decoders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnsupportedMedia:
    """A file that is not taken as a photo, with the reason and the media types that are."""

    because: str
    accepted: tuple[str, ...]


JPEG = Media("image/jpeg", ("JPEG",))
PNG = Media("image/png", ("PNG",))
WEBP = Media("image/webp", ("WEBP",))
HEIC = Media("image/heic", ("HEIF",))
HEIF = Media("image/heif", ("HEIF",))


def heic_is_safe(libheif: str) -> bool:
    """Tell whether this libheif may open strangers' files; a version that can't be read is not safe."""
    numbers = libheif.split("-")[0].split(".")
    if not all(number.isdecimal() for number in numbers):
        return False
    return tuple(int(number) for number in numbers) >= SAFE_LIBHEIF


def accepted_media(libheif: str) -> tuple[str, ...]:
    """List the media types taken with this version of libheif."""
    always = (JPEG.media_type, PNG.media_type, WEBP.media_type)
    return (*always, HEIC.media_type, HEIF.media_type) if heic_is_safe(libheif) else always


ACCEPTED_MEDIA_TYPES = accepted_media(libheif_version())


def sniff_media(data: bytes, accepted: tuple[str, ...] = ACCEPTED_MEDIA_TYPES) -> Media | UnsupportedMedia:
    """Tell what a file is from its first bytes; what is not taken comes back with the reason."""
    media = _photo_kind(data)
    if media is not None and media.media_type in accepted:
        return media
    found = media.media_type if media is not None else _name_of(data)
    return UnsupportedMedia(f"the file is {found}; photos are taken as {', '.join(accepted)}", accepted)


def _photo_kind(data: bytes) -> Media | None:
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    brands = _brands(data)
    if brands & _HEIC_BRANDS:
        return HEIC
    if brands & _HEIF_BRANDS and not brands & _AVIF_BRANDS:
        return HEIF
    return None


def _brands(data: bytes) -> set[bytes]:
    """Read the brands of an ISO media file: the major one, then those it is compatible with."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4]), _FTYP_BYTES)
    return {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}


def _name_of(data: bytes) -> str:
    if not data:
        return "empty"
    for magic, name in _NOT_TAKEN:
        if data.startswith(magic):
            return name
    brands = _brands(data)
    if brands:
        return "an AVIF" if brands & _AVIF_BRANDS else "a video or other ISO media file"
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml", b"<!doctype", b"<html")):
        return "an SVG, XML or HTML text"
    return "of no known photo format"
