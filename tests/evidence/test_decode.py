"""What an honest photo tells, and what its shown copy no longer tells."""

import io
from pathlib import Path
from typing import Any

import pytest
from made_photos import camera_exif, photo, written
from PIL import Image

from service.evidence.inspection import Inspection
from service.evidence.sandbox import Sandbox, inspect_photo


def shown(inspection: Inspection) -> Image.Image:
    return Image.open(io.BytesIO(inspection.shown), formats=["JPEG"])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_camera_facts_are_read_from_every_made_format(sandbox: Sandbox, kind: str) -> None:
    inspection = sandbox.inspect(photo(kind, exif=camera_exif(OffsetTimeOriginal="+08:00")))

    assert inspection.readable
    assert inspection.captured_at == "2026-05-01T08:30:00+08:00"
    assert inspection.camera == "Farmphone F1"
    assert inspection.gps == (42.951, 89.19)


def test_an_unknown_time_zone_stays_unknown(sandbox: Sandbox) -> None:
    inspection = sandbox.inspect(photo(exif=camera_exif()))

    assert inspection.captured_at == "2026-05-01T08:30:00"


@pytest.mark.parametrize("moment", ["0000:00:00 00:00:00", "1980:01:01 00:00:00", "yesterday", "2026:13:41 25:61:00"])
def test_a_clock_that_was_never_set_gives_no_moment(sandbox: Sandbox, moment: str) -> None:
    inspection = sandbox.inspect(photo(exif=camera_exif(DateTimeOriginal=moment)))

    assert inspection.readable
    assert inspection.captured_at is None


@pytest.mark.parametrize(
    ("orientation", "size", "red_at"),
    [
        (1, (64, 48), (5, 24)),
        (2, (64, 48), (58, 24)),
        (3, (64, 48), (58, 24)),
        (6, (48, 64), (24, 5)),
        (8, (48, 64), (24, 58)),
        (99, (64, 48), (5, 24)),
    ],
)
def test_a_photo_is_shown_the_way_it_was_held(
    sandbox: Sandbox, orientation: int, size: tuple[int, int], red_at: tuple[int, int]
) -> None:
    inspection = sandbox.inspect(photo(exif=camera_exif(Orientation=orientation)))
    colour = shown(inspection).getpixel(red_at)
    assert isinstance(colour, tuple)
    red, green, _ = colour

    assert (inspection.width, inspection.height) == shown(inspection).size == size
    assert red > green


def test_the_shown_copy_is_small_and_carries_no_metadata(sandbox: Sandbox) -> None:
    secret = b"taken at home"
    original = photo(size=(3000, 2000), exif=camera_exif(), comment=secret, icc_profile=secret, xmp=secret)

    inspection = sandbox.inspect(original + b"PK\x03\x04 an archive behind the photo")

    assert (inspection.width, inspection.height) == (3000, 2000)
    assert shown(inspection).size == (1280, 853)
    assert not shown(inspection).getexif()
    assert set(shown(inspection).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert secret not in inspection.shown
    assert inspection.shown.endswith(b"\xff\xd9")


def test_of_a_multi_picture_photo_the_first_picture_counts(sandbox: Sandbox) -> None:
    second = Image.new("RGB", (20, 10), "blue")
    data = written(Image.new("RGB", (60, 40), "red"), "MPO", save_all=True, append_images=[second])

    inspection = sandbox.inspect(data)

    assert (inspection.format, inspection.media_type) == ("MPO", "image/jpeg")
    assert (inspection.width, inspection.height) == (60, 40)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_colour_can_be_shown(sandbox: Sandbox, mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"

    inspection = sandbox.inspect(written(Image.new(mode, (30, 20)), kind))

    assert inspection.readable
    assert shown(inspection).mode == "RGB"


def test_what_is_transparent_is_shown_white(sandbox: Sandbox) -> None:
    inspection = sandbox.inspect(written(Image.new("RGBA", (30, 20), (0, 0, 0, 0)), "PNG"))

    assert shown(inspection).getpixel((10, 10)) == (255, 255, 255)


def test_an_inspection_survives_its_way_through_json(sandbox: Sandbox) -> None:
    inspection = sandbox.inspect(photo(exif=camera_exif()))

    assert "shown" not in inspection.to_json()
    assert Inspection.from_json(inspection.to_json(), inspection.shown) == inspection


@pytest.mark.parametrize("document", [{}, {"readable": 1}, {"readable": True, "gps": [1]}, {"readable": True, "x": 1}])
def test_a_document_that_is_no_inspection_is_not_taken_for_one(document: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        Inspection.from_json(document)


def test_the_heic_of_a_phone_is_read(sandbox: Sandbox, real_photos: Path) -> None:
    inspection = sandbox.inspect((real_photos / "camera-IMG_5195.heic").read_bytes())

    assert (inspection.media_type, inspection.format) == ("image/heic", "HEIF")
    assert (inspection.width, inspection.height) == (2566, 3313)
    assert inspection.captured_at == "2021-04-11T15:47:53-05:00"
    assert inspection.camera == "Apple iPhone 11 Pro Max"
    assert shown(inspection).size == (991, 1280)


def test_all_real_photos_are_readable(real_photos: Path) -> None:
    photos = [path for path in sorted(real_photos.iterdir()) if path.suffix in (".jpg", ".png", ".heic")]

    unreadable = [path.name for path in photos if not inspect_photo(path.read_bytes()).readable]

    assert photos
    assert unreadable == []
