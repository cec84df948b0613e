"""Photos that no decoder should be given, drawn on the spot."""

import io
import struct
import zlib

from PIL import Image

SIDE_PX = 7900
"""A square of 62.4 megapixels, just below what is decoded at all."""
MANY_SCANS = 600
HUGE_PX = 60_000


def endless_photo(mark: str) -> bytes:
    """A small JPEG that takes a minute of processor: its last pass over 62 megapixels is repeated 600 times."""
    out = io.BytesIO()
    Image.new("L", (SIDE_PX, SIDE_PX), 120).save(out, "JPEG", progressive=True, quality=50, comment=mark)
    photo = out.getvalue()
    last_scan = photo[photo.rindex(b"\xff\xda") : -2]
    return photo[:-2] + last_scan * MANY_SCANS + photo[-2:]


def greedy_photo() -> bytes:
    """A small PNG that unfolds to 62 megapixels of 16-bit colour."""
    row = b"\0" + bytes(SIDE_PX * 6)
    return _png(SIDE_PX, SIDE_PX, depth=16, rows=row * SIDE_PX)


def huge_photo() -> bytes:
    """A PNG of a few bytes that says it has 3,600 megapixels."""
    return _png(HUGE_PX, HUGE_PX, depth=8, rows=b"\0")


def _png(width: int, height: int, *, depth: int, rows: bytes) -> bytes:
    header = struct.pack("!IIBBBBB", width, height, depth, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack("!I", len(data)) + name + data + struct.pack("!I", zlib.crc32(name + data)) for name, data in chunks
    )
