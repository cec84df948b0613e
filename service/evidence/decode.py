"""Decode one photo that a stranger sent: its facts, and a copy that is safe to show.

This runs inside the limited process of its own; nothing here may be called from the API or a worker.
"""

import importlib
import io

from PIL import ExifTags, Image, UnidentifiedImageError
from pillow_heif import options as heif_options
from pillow_heif import register_heif_opener

from service.evidence.exif import CameraFacts, read_camera_facts
from service.evidence.inspection import Inspection, refused
from service.evidence.limits import DecodeLimits
from service.evidence.media import Media, UnsupportedMedia, sniff_media

SHOWN_LONG_SIDE_PX = 1280
SHOWN_QUALITY = 80

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = range(5, 9)
_WHITE = (255, 255, 255, 255)
_LONGEST_COMPLAINT = 160
_PLUGINS = ("Jpeg", "Mpo", "Png", "Tiff", "WebP")


def prepare_decoders(limits: DecodeLimits) -> None:
    """Load all that decoding needs, so that a limited process has no file to open; raises what fails to load.

    HEIC is decoded on one thread. The limit on pixels is ours, so Pillow's own is off.
    """
    for plugin in _PLUGINS:
        importlib.import_module(f"PIL.{plugin}ImagePlugin")
    register_heif_opener()
    heif_options.DECODE_THREADS = 1
    Image.MAX_IMAGE_PIXELS = None
    for kind in ("JPEG", "PNG", "WEBP"):
        rehearsal = decode(_own_small_photo(kind), limits)
        if not rehearsal.readable:
            raise RuntimeError(f"the {kind} decoder can't read a photo of our own: {rehearsal.refusal}")


def decode(data: bytes, limits: DecodeLimits) -> Inspection:
    """Inspect a photo; whatever is wrong with it comes back as a refusal, never as an exception."""
    media = sniff_media(data)
    if isinstance(media, UnsupportedMedia):
        return refused(media.because)
    try:
        return _inspect(data, media, limits)
    except MemoryError:
        most = limits.memory_bytes // 1024**2
        return refused(f"decoding takes more than the {most} MiB of memory allowed", media.media_type)
    except UnidentifiedImageError:
        return refused(f"the file begins like {media.media_type}, but is no such photo", media.media_type)
    except Exception as error:  # decoders raise nearly every type on malformed files
        because = f"the {media.media_type} data is damaged or ends early ({_first_words(error)})"
        return refused(because, media.media_type)


def _inspect(data: bytes, media: Media, limits: DecodeLimits) -> Inspection:
    with Image.open(io.BytesIO(data), formats=media.decoders) as image:
        width, height = image.size
        if width * height > limits.pixels:
            return refused(
                f"the photo has {width} x {height} pixels, {width * height / 1e6:.1f} megapixels; "
                f"the limit is {limits.pixels / 1e6:g} megapixels",
                media.media_type,
            )
        facts = read_camera_facts(image)
        shown = _shown_copy(image, facts)
        return Inspection(
            readable=True,
            media_type=media.media_type,
            format=image.format,
            width=height if facts.orientation in _SIDEWAYS else width,
            height=width if facts.orientation in _SIDEWAYS else height,
            captured_at=facts.captured_at,
            camera=facts.camera,
            gps=facts.gps,
            shown=shown,
        )


def _shown_copy(image: Image.Image, facts: CameraFacts) -> bytes:
    """Draw the picture anew, upright and small, so that nothing but its pixels comes along."""
    size = _fitting(*image.size)
    image.draft("RGB", size)
    image.load()
    small = _on_white(_in_colour(image).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0))
    turn = _TURNS.get(facts.orientation)
    upright = small if turn is None else small.transpose(turn)
    upright.info.clear()
    written = io.BytesIO()
    upright.save(written, "JPEG", quality=SHOWN_QUALITY)
    return written.getvalue()


def _fitting(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, SHOWN_LONG_SIDE_PX / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _in_colour(image: Image.Image) -> Image.Image:
    """Give the picture in plain colours, without a copy of many megapixels where it has them already."""
    if image.mode in ("RGB", "RGBA"):
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    """Make white what was transparent."""
    if picture.mode == "RGB":
        return picture
    background = Image.new("RGBA", picture.size, _WHITE)
    return Image.alpha_composite(background, picture).convert("RGB")


def _first_words(error: Exception) -> str:
    """Quote a decoder's complaint, which may hold anything that the file held, as one short line of text."""
    line = str(error).strip().partition("\n")[0]
    return "".join(letter for letter in line if letter.isprintable())[:_LONGEST_COMPLAINT] or type(error).__name__


def _own_small_photo(kind: str) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:05:01 08:00:00"
    written = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", (16, 16)).save(written, kind, exif=exif)
    return written.getvalue()
