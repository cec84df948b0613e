"""The one font of our PDFs: Chinese and Latin, shipped with the code and embedded by its used letters."""

import lzma
from functools import cache
from io import BytesIO
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONT = "MicroHei"
"""WenQuanYi Micro Hei (Apache 2.0), cut to GB 2312 and Latin: see docs/recovery.md for how."""

UNKNOWN = "〓"
"""What printers set for a character that they lack."""

_BLANK = str.maketrans({"℃": "°C", "Ⅴ": "V", "Ⅹ": "X", "∼": "~"})
"""Characters that the font knows and draws as nothing, by those that say the same."""

_FILE = Path(__file__).parent / "fonts" / "wqy-microhei-gb2312.ttf.xz"


@cache
def letters() -> frozenset[int]:
    """Open the font, once a process, and return the characters that it can show."""
    font = TTFont(FONT, BytesIO(lzma.decompress(_FILE.read_bytes())))
    pdfmetrics.registerFont(font)
    return frozenset(font.face.charToGlyph)


def readable(text: str) -> str:
    """Return a text with every character that the font lacks shown as such, never left out."""
    known = letters()
    return "".join(char if ord(char) in known else UNKNOWN for char in " ".join(text.translate(_BLANK).split()))
