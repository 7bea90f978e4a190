"""Pictures as files hold them (JPEG, PNG, ...) to arrays: the one place that calls Pillow.

What becomes of a picture, the same for every kind of source:

- the content tells the format, never the name;
- it is turned upright as its EXIF orientation says; of an animation the first frame is taken;
- what is transparent shows white: the ground that such pictures are drawn for, and looked at on;
- 16-bit pixels keep their upper eight bits; CMYK and palettes become RGB;
- a picture of another size is scaled, antialiased, to cover the size asked for with its aspect
  kept, and cut to it centrally; one of the right size keeps every pixel.
"""

from __future__ import annotations

import io
import math
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import SourceError
from fewbytes.types import Images, Shape

MOST_PIXELS = 100_000_000
"""A header that promises more is not believed: small files can unfold to fill any memory."""

# EPS and the like are left out on purpose: they would be drawn by running another program.
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "JPEG2000", "AVIF", "TGA", "ICO")
_ORIENTATION = 0x0112
_TURNED = (5, 6, 7, 8)


class UnreadableImageError(SourceError):
    """A picture that cannot be read; the message is the reason alone."""


@dataclass(frozen=True)
class Header:
    """What a picture's header tells: its size when upright, and whether it is grey."""

    height: int
    width: int
    grey: bool


def header(content: bytes | Path) -> Header:
    """Read a picture's header only. Raises UnreadableImageError."""
    with _opened(content) as image:
        width, height = image.size
        # Pillow turns TIFF by itself, and its sizes with it
        if image.format != "TIFF" and _orientation(image) in _TURNED:
            height, width = width, height
        return Header(height, width, _is_grey(image))


def decode(content: bytes | Path, shape: Shape) -> Images:
    """A picture as an image of the shape (height, width, channels), channels 1 or 3.

    Raises:
        UnreadableImageError: damaged, cut short, empty, too large, or no picture at all.
    """
    rows, columns, channels = shape
    with _opened(content) as image:
        _draft(image, rows, columns)
        upright = _upright(image)
        pixels = np.asarray(_fitted(_plain(upright, channels), rows, columns))
    return pixels.reshape(rows, columns, channels)


def resize(image: Images, rows: int, columns: int) -> Images:
    """An image (h, w, c) scaled to cover (rows, columns) and cut to it centrally."""
    from PIL import Image

    planes = [
        np.asarray(_fitted(Image.fromarray(np.ascontiguousarray(image[..., c])), rows, columns))
        for c in range(image.shape[2])
    ]
    return np.stack(planes, axis=-1)


@contextmanager
def quiet() -> Iterator[None]:
    """Without Pillow's warnings: what they warn of ends up among what was left out, or is
    harmless. In the thread that hands out work, since filters belong to the whole process.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


@contextmanager
def _opened(content: bytes | Path) -> Iterator[Any]:
    """The picture, its pixels not read yet. Whatever goes wrong becomes UnreadableImageError."""
    from PIL import Image, UnidentifiedImageError

    try:
        with _file(content) as file, Image.open(file, formats=_formats()) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            yield image
    except UnreadableImageError:
        raise
    except UnidentifiedImageError as error:
        raise UnreadableImageError("not an image, or of an unknown format") from error
    except Image.DecompressionBombError as error:
        raise UnreadableImageError(
            f"its header promises more than {MOST_PIXELS:,} pixels"
        ) from error
    except Exception as error:  # damaged bytes make Pillow's readers raise nearly anything
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UnreadableImageError(" ".join(said.split())[:200]) from error


@contextmanager
def _file(content: bytes | Path) -> Iterator[BinaryIO]:
    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
        if not (len(content) if isinstance(content, bytes) else os.fstat(file.fileno()).st_size):
            raise UnreadableImageError("empty: 0 bytes")
        yield file


@cache
def _formats() -> tuple[str, ...]:
    """The formats that this build of Pillow reads, of those that we take."""
    from PIL import Image

    Image.init()
    return tuple(name for name in _FORMATS if name in Image.OPEN)


def _orientation(image: Any) -> int:
    from PIL import Image

    try:
        # The base class's: PNG's own reads all pixels to find the entry behind them
        return int(Image.Image.getexif(image).get(_ORIENTATION, 1))
    except Exception:  # damaged EXIF says nothing, but the picture may be sound
        return 1


def _is_grey(image: Any) -> bool:
    if image.mode == "P" and image.palette is not None and image.palette.mode == "RGB":
        colours = np.frombuffer(bytes(image.palette.palette), np.uint8)
        colours = colours[: len(colours) // 3 * 3].reshape(-1, 3)
        return bool((colours == colours[:, :1]).all())
    return image.mode in ("1", "L", "LA", "La", "F") or image.mode.startswith("I")


def _draft(image: Any, rows: int, columns: int) -> None:
    """Have a large JPEG decoded at a half, a quarter or an eighth, where that is still twice the
    size needed: the pixels are the same to the eye, at a fraction of the time.
    """
    width, height = image.size
    if _orientation(image) in _TURNED:
        rows, columns = columns, rows
    scale = 2 * max(rows / height, columns / width)
    if scale < 1:
        image.draft(None, (math.ceil(width * scale), math.ceil(height * scale)))


def _upright(image: Any) -> Any:
    from PIL import ImageOps

    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF: the picture itself has just been read
        return image


def _plain(image: Any, channels: int) -> Any:
    """The picture in mode L (one channel) or RGB (three)."""
    from PIL import Image

    if image.mode == "F":
        raise UnreadableImageError("floating-point pixels, whose range is not known")
    if image.mode.startswith("I"):
        image = Image.fromarray(_upper_bits(np.asarray(image)))
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return image.convert("L" if channels == 1 else "RGB")


def _upper_bits(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    if pixels.min() < 0 or pixels.max() > 0xFFFF:
        raise UnreadableImageError("pixels of more than 16 bits, whose range is not known")
    return (pixels >> 8).astype(np.uint8)


def _fitted(image: Any, rows: int, columns: int) -> Any:
    from PIL import Image

    width, height = image.size
    if (height, width) == (rows, columns):
        return image
    scale = max(rows / height, columns / width)
    wide, high = min(columns / scale, width), min(rows / scale, height)
    left, top = (width - wide) / 2, (height - high) / 2
    box = (left, top, left + wide, top + high)
    return image.resize((columns, rows), Image.Resampling.BILINEAR, box=box)
