"""Pillow, as the image formats use it: one file in memory, no guessing of formats.

Its classes of files are called by themselves, not through `Image.open`, whose guard against huge
pictures warns by a setting of the process; each format has checked the size before.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import CodecError
from fewbytes.types import Shape


def check_feature(name: str, feature: str) -> None:
    """Raise CodecError where Pillow was built without a format."""
    from PIL import __version__, features

    if not features.check(feature):
        raise CodecError(
            f"{name}: Pillow {__version__} is built without it here; install its newest wheel: "
            "pip install --upgrade pillow"
        )


def save(picture: NDArray[Any], format: str, palette: bytes | None = None, **options: Any) -> bytes:
    """A picture (h, w, 1 or 3) as a file. Of bool it has one bit a pixel; with a palette its values
    are places in it.
    """
    from PIL import Image

    image = Image.fromarray(plane(picture))
    if palette is not None:
        image.putpalette(palette)
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def grey_palette(levels: int) -> bytes:
    """Red, green and blue of so many greys, black to white."""
    return bytes(255 * level // (levels - 1) for level in range(levels) for _ in range(3))


def plane(picture: NDArray[Any]) -> NDArray[Any]:
    """(h, w, 1) as (h, w), which is how libraries take grey; (h, w, 3) as it is."""
    return np.ascontiguousarray(picture[..., 0] if picture.shape[2] == 1 else picture)


def pixels(opener: Any, file: bytes, shape: Shape, modes: tuple[str, ...]) -> NDArray[np.uint8]:
    """The pixels of a file that `opener`, a class of Pillow's, reads in one of `modes`: as (h, w)
    or (h, w, c). Raises what Pillow raises, and ValueError for another size or mode.
    """
    with opener(io.BytesIO(file)) as image:
        if (image.height, image.width) != shape[:2] or image.mode not in modes:
            raise ValueError(f"{image.height}x{image.width} of mode {image.mode}, not {shape}")
        image.load()
        return np.asarray(image).astype(np.uint8, copy=False)
