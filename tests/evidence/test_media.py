"""What a file is, is told by its first bytes."""

import pytest
from made_photos import photo

from service.evidence.media import Media, UnsupportedMedia, accepted_media, heic_is_safe, sniff_media

HEIC_HEAD = b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic"
HEIF_HEAD = b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1miaf"
AVIF_HEAD = b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif"


def media_type_of(data: bytes) -> str | None:
    media = sniff_media(data, accepted_media("1.23.0"))
    return media.media_type if isinstance(media, Media) else None


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (photo("JPEG"), "image/jpeg"),
        (photo("MPO"), "image/jpeg"),
        (photo("PNG"), "image/png"),
        (photo("WEBP"), "image/webp"),
        (HEIC_HEAD, "image/heic"),
        (HEIF_HEAD, "image/heif"),
    ],
)
def test_the_formats_of_phones_are_taken(data: bytes, media_type: str) -> None:
    assert media_type_of(data) == media_type


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty"),
        (b"\xff\xd8", "no known photo format"),
        (photo("GIF"), "a GIF"),
        (photo("BMP"), "a BMP"),
        (photo("TIFF"), "a TIFF"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"  <svg xmlns='x'/>", "an SVG"),
        (b"<?xml version='1.0'?>", "an SVG, XML"),
        (AVIF_HEAD, "an AVIF"),
        (b"\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isom", "a video"),
        (b"strawberries.jpg, honestly", "no known photo format"),
    ],
)
def test_anything_else_is_refused_with_its_name_and_the_formats_taken(data: bytes, name: str) -> None:
    refusal = sniff_media(data)

    assert isinstance(refusal, UnsupportedMedia)
    assert name in refusal.because
    assert "image/jpeg, image/png, image/webp" in refusal.because
    assert refusal.accepted[:3] == ("image/jpeg", "image/png", "image/webp")


@pytest.mark.parametrize(
    ("libheif", "safe"),
    [("1.22.1", True), ("1.23.6", True), ("2.0.0", True), ("1.22.0", False), ("1.9.9", False), ("", False)],
)
def test_heic_is_taken_only_from_the_libheif_whose_bugs_are_fixed(libheif: str, safe: bool) -> None:
    assert heic_is_safe(libheif) is safe


def test_an_old_libheif_refuses_heic_and_names_what_is_taken_instead() -> None:
    refusal = sniff_media(HEIC_HEAD, accepted_media("1.21.0"))

    assert isinstance(refusal, UnsupportedMedia)
    assert refusal.because == "the file is image/heic; photos are taken as image/jpeg, image/png, image/webp"
