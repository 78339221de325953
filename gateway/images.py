"""Photos made anew: what comes out has the picture of what came in, and nothing else of it."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Final

from PIL import Image, ImageOps

from yizhan.contracts.files import JPEG, PNG, ImageUnreadable

#: The longer side of what is kept; a licence photographed whole is readable at that.
LONGEST_SIDE_PIXELS: Final = 2560
#: More than any phone's photo has; decoded they take 192 MiB.
MOST_PIXELS: Final = 64_000_000

_FORMATS = ("JPEG", "PNG", "WEBP")
_JPEG_QUALITY = 85
#: What Pillow's decoders raise on hostile or damaged bytes.
_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    MemoryError,
    OverflowError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


def reencode(content: bytes) -> tuple[bytes, str]:
    """A JPEG, PNG or WebP image upright, at most LONGEST_SIDE_PIXELS long, without metadata: its new bytes
    and media type. Pictures with transparency, and what came as PNG, become PNG, others JPEG.

    Keeps a core busy for up to some seconds. Raises ImageUnreadable.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise ImageUnreadable(
                    f"an image has at most {MOST_PIXELS} pixels",
                    pixels=width * height,
                    limit_pixels=MOST_PIXELS,
                )
            return _encoded(_clean(image), lossless=image.format == "PNG")
    except _DECODER_ERRORS as error:
        raise ImageUnreadable("the image is damaged or cut off") from error


def _clean(image: Image.Image) -> Image.Image:
    # A JPEG can be decoded at a half or a quarter at once.
    image.draft(None, (LONGEST_SIDE_PIXELS, LONGEST_SIDE_PIXELS))
    transparent = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa")
    upright = ImageOps.exif_transpose(image)
    upright = upright.convert("RGBA" if transparent else "RGB")
    upright.thumbnail((LONGEST_SIDE_PIXELS, LONGEST_SIDE_PIXELS), Image.Resampling.LANCZOS)
    # The encoders would write comments, profiles and XMP that the decoder found.
    upright.info.clear()
    return upright


def _encoded(image: Image.Image, *, lossless: bool) -> tuple[bytes, str]:
    out = io.BytesIO()
    if lossless or image.mode == "RGBA":
        image.save(out, "PNG")
        return out.getvalue(), PNG
    image.save(out, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return out.getvalue(), JPEG
