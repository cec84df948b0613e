"""Photos sent to break the service are answered, each with the fact and the limit."""

import os

import pytest
from made_photos import PNG_MAGIC, camera_exif, photo, png_bomb, png_claiming, slow_jpeg

from service.evidence.limits import MAX_PHOTO_BYTES, DecodeLimits
from service.evidence.sandbox import Sandbox

JPEG_HEAD = b"\xff\xd8\xff\xe0"
WHOLE_JPEG = photo(size=(600, 400))
WHOLE_PNG = photo("PNG", (600, 400))


@pytest.mark.parametrize(
    "data",
    [
        WHOLE_JPEG[: len(WHOLE_JPEG) // 2],
        WHOLE_JPEG[:20],
        WHOLE_PNG[: len(WHOLE_PNG) // 2],
        PNG_MAGIC,
        photo("WEBP")[:40],
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
        JPEG_HEAD,
    ],
)
def test_a_photo_that_ends_early_is_refused(sandbox: Sandbox, data: bytes) -> None:
    inspection = sandbox.inspect(data)

    assert not inspection.readable
    assert inspection.refusal is not None
    assert "ends early" in inspection.refusal or "no such photo" in inspection.refusal
    assert inspection.shown == b""


def test_twenty_megabytes_of_garbage_behind_a_jpeg_head_are_refused(sandbox: Sandbox) -> None:
    garbage = os.urandom(1024) * (MAX_PHOTO_BYTES // 1024)

    inspection = sandbox.inspect((JPEG_HEAD + garbage)[:MAX_PHOTO_BYTES])

    assert not inspection.readable


def test_a_photo_over_the_limit_is_refused_and_says_which_limit(sandbox: Sandbox) -> None:
    inspection = sandbox.inspect(JPEG_HEAD + bytes(MAX_PHOTO_BYTES))

    assert inspection.refusal == "the photo has 20971524 bytes; the limit is 20971520 bytes"


def test_a_small_file_that_claims_3600_megapixels_is_refused(sandbox: Sandbox) -> None:
    inspection = sandbox.inspect(png_claiming(60_000, 60_000))

    assert inspection.refusal is not None
    assert "60000 x 60000 pixels, 3600.0 megapixels; the limit is 64 megapixels" in inspection.refusal


def test_a_decompression_bomb_meets_the_limit_on_memory() -> None:
    tight = Sandbox(DecodeLimits(memory_bytes=100 * 1024**2))

    inspection = tight.inspect(png_bomb(side=8_000))
    tight.stop()

    assert inspection.refusal == "decoding takes more than the 100 MiB of memory allowed"


def test_a_jpeg_of_endless_scans_meets_the_limit_on_processor_time() -> None:
    tight = Sandbox(DecodeLimits(cpu_seconds=1))

    inspection = tight.inspect(slow_jpeg(scans=2_000))
    tight.stop()

    assert inspection.refusal == "decoding the photo takes more than the 1 s of processor time allowed"


def test_a_jpeg_of_endless_scans_meets_the_limit_on_time() -> None:
    tight = Sandbox(DecodeLimits(wall_seconds=0.2))

    inspection = tight.inspect(slow_jpeg(scans=2_000))
    tight.stop()

    assert inspection.refusal == "decoding the photo takes longer than the limit of 0.2 s"


@pytest.mark.parametrize("disguise", [b"GIF89a", b"%PDF-1.7", b"<svg>", b"BM"])
def test_a_photo_hidden_behind_another_format_is_refused(sandbox: Sandbox, disguise: bytes) -> None:
    inspection = sandbox.inspect(disguise + WHOLE_JPEG)

    assert inspection.refusal is not None
    assert "photos are taken as image/jpeg" in inspection.refusal


@pytest.mark.parametrize(
    "block",
    [
        b"Exif\0\0",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 5_000,
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x08",
        b"Exif\0\0" + camera_exif().tobytes()[6:60],
    ],
)
def test_an_exif_block_that_makes_no_sense_leaves_the_photo_readable(sandbox: Sandbox, block: bytes) -> None:
    inspection = sandbox.inspect(photo(exif=block))

    assert inspection.readable
    assert inspection.captured_at is None


def test_a_camera_name_keeps_no_letter_that_a_database_refuses(sandbox: Sandbox) -> None:
    exif = camera_exif()
    exif[0x0110] = "F\x001\x07" + "x" * 500

    inspection = sandbox.inspect(photo(exif=exif))

    assert inspection.readable
    assert (inspection.camera or "").isprintable()
    assert len(inspection.camera or "") <= 100
