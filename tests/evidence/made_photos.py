"""Photos made for the tests, sound and hostile, so that none has to be kept."""

import io
import struct
import zlib

from PIL import ExifTags, Image

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def photo(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    """Make a photo of a red fruit on the left and a green leaf on the right."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 160, 40), (size[0] // 2, 0, *size))
    return written(image, kind, **options)


def written(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def camera_exif(**details: object) -> Image.Exif:
    """Make the EXIF block of a phone that stood in a village near Turpan, its tags replaced by name."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Farmphone"
    exif[ExifTags.Base.Model] = "F1"
    exif[ExifTags.Base.Orientation] = details.pop("Orientation", 1)
    written_by_camera = {"DateTimeOriginal": "2026:05:01 08:30:00", **details}
    for name, value in written_by_camera.items():
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base[name]] = value
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (42.0, 57.0, 3.6), 3: "E", 4: (89.0, 11.0, 24.0)})
    return exif


def png_claiming(width: int, height: int, rows: bytes = b"") -> bytes:
    """Make a greyscale PNG whose header claims a size, whatever its rows hold."""
    header = struct.pack("!IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return PNG_MAGIC + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def png_bomb(side: int) -> bytes:
    """Make a PNG of nothing but zeros: a few kilobytes that unpack to side x side pixels."""
    packer = zlib.compressobj(9)
    row = bytes(side + 1)
    rows = b"".join([*(packer.compress(row) for _ in range(side)), packer.flush()])
    return png_claiming(side, side, rows)


def slow_jpeg(scans: int) -> bytes:
    """Make a small JPEG that repeats its last refining scan, each repetition a pass over 9 megapixels."""
    data = photo(size=(3000, 3000), progressive=True)
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last_scan * scans + b"\xff\xd9"


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + name + body + struct.pack("!I", zlib.crc32(name + body))
