"""Pictures as files hold them (JPEG, PNG, ...) to arrays: the one place that calls Pillow.

What becomes of a picture, the same for every kind of source:

- the content tells the format, never the name;
- it is turned upright as its EXIF orientation says; of an animation the first frame is taken;
- what is transparent shows white: the ground that such pictures are drawn for, and looked at on;
- 16-bit pixels keep their upper eight bits; CMYK and palettes become RGB;
- a picture of another size is scaled, antialiased, to cover the size asked for with its aspect
  kept, and cut to it centrally; one of the right size keeps every pixel.

What cannot be read is told from a machine that fails: the former is left out by those who ask, the
latter stops them, so that a set holds the same pictures wherever it is read.
"""

from __future__ import annotations

import io
import math
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from fewbytes.data.files import of_the_machine
from fewbytes.data.wording import shown
from fewbytes.errors import SourceError
from fewbytes.types import Images, Shape

MOST_PIXELS = 100_000_000
"""A header that promises more is not believed: small files can unfold to fill any memory."""

MOST_VALUES = 150_000_000
"""Pixels times bands, where all of them are decoded: of JPEGs, the most are decoded smaller."""

BIG = 4_000_000
"""Pictures of more pixels are decoded one at a time, however many threads there are."""

_STRIP = 256

# EPS and the like are left out on purpose: they would be drawn by running another program.
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "JPEG2000", "AVIF", "TGA", "ICO")
_ORIENTATION = 0x0112
_TURNED = (5, 6, 7, 8)
_one_at_a_time = threading.Lock()


_TOO_MANY = "its header promises more than {:,} {}"


class UnreadableImageError(SourceError):
    """A picture that cannot be read; the message is the reason alone."""


@dataclass(frozen=True)
class Header:
    """What a picture's header tells: its size when upright, and whether it is grey."""

    height: int
    width: int
    grey: bool


def header(content: bytes | Path) -> Header:
    """Read a picture's header only. Raises as `decode` does."""
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
        SourceError: not the picture's fault: too many open files, a failing disk.
    """
    rows, columns, channels = shape
    with _opened(content) as image, _turn_taken(image, rows, columns):
        pixels = np.asarray(_fitted(_plain(_upright(image), channels), rows, columns))
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
    """The picture, its pixels not read yet. What goes wrong becomes UnreadableImageError, or where
    the machine fails MemoryError or SourceError.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with _file(content) as file, Image.open(file, formats=_formats()) as image:
            _check_size(image)
            yield image
    except UnreadableImageError:
        raise
    except UnidentifiedImageError as error:
        raise UnreadableImageError("not an image, or of an unknown format") from error
    except Image.DecompressionBombError as error:
        raise UnreadableImageError(_TOO_MANY.format(MOST_PIXELS, "pixels")) from error
    except MemoryError:
        raise
    except Exception as error:  # damaged bytes make Pillow's readers raise nearly anything
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        reason = " ".join(said.split())[:200]
        if of_the_machine(error):
            where = shown(str(content)) if isinstance(content, Path) else "an image"
            raise SourceError(f"{where}: cannot be read: {reason}") from error
        raise UnreadableImageError(reason) from error


def _check_size(image: Any) -> None:
    """Raises UnreadableImageError where the header promises too much."""
    count = image.width * image.height
    if count > MOST_PIXELS:
        raise UnreadableImageError(_TOO_MANY.format(MOST_PIXELS, "pixels"))
    bands = 3 if image.mode == "P" else len(image.getbands())
    if count * bands > MOST_VALUES and not _is_jpeg(image):
        raise UnreadableImageError(_TOO_MANY.format(MOST_VALUES, "values (pixels x bands)"))


def _is_jpeg(image: Any) -> bool:
    return image.format in ("JPEG", "MPO")


@contextmanager
def _turn_taken(image: Any, rows: int, columns: int) -> Iterator[None]:
    """With the picture drafted; where much of it is to be in memory, while no other such is."""
    pixels = image.width * image.height
    _draft(image, rows, columns)
    if "progressive" not in image.info:  # of which all is held, however small it is drafted
        pixels = image.width * image.height
    with _one_at_a_time if pixels > BIG else nullcontext():
        yield


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
    except Exception as error:  # damaged EXIF says nothing, but the picture may be sound
        if of_the_machine(error):
            raise
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
        if image.getexif().get(_ORIENTATION) not in range(2, 9):
            return image  # where Pillow would return a copy
        return ImageOps.exif_transpose(image)
    except Exception as error:  # damaged EXIF: the picture itself has just been read
        if of_the_machine(error):
            raise
        return image


def _plain(image: Any, channels: int) -> Any:
    """The picture in mode L (one channel) or RGB (three)."""
    from PIL import Image

    if image.mode == "F":
        raise UnreadableImageError("floating-point pixels, whose range is not known")
    if image.mode.startswith("I"):
        image = Image.fromarray(_upper_bits(np.asarray(image)))
    if image.has_transparency_data:
        image = _on_white(image)
    mode = "L" if channels == 1 else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _on_white(image: Any) -> Any:
    """The picture in RGB, white where it is transparent: in strips, for the sake of memory."""
    from PIL import Image

    whole = Image.new("RGB", image.size)
    for top in range(0, image.height, _STRIP):
        strip = image.crop((0, top, image.width, min(top + _STRIP, image.height))).convert("RGBA")
        ground = Image.new("RGBA", strip.size, "white")
        whole.paste(Image.alpha_composite(ground, strip).convert("RGB"), (0, top))
    return whole


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
