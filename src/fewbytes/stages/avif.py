"""avif: AV1 still pictures (AV1 Image File Format 1.2).

Pillow writes it, from 11.3 on: no extra is needed. Its colours are never exact, not even at the
highest quality, so this format always loses. The AV1 frame behind the header is libavif's to
check, which decodes none of more than 2^28 pixels.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Symbols, argument, option
from fewbytes.codecs.pictures import PictureCoder, chroma_option, expect, layout_option
from fewbytes.codecs.pillow import check_feature, pixels, save
from fewbytes.types import Shape


@dataclass(frozen=True)
class AVIF(PictureCoder):
    """AVIF files. In a mosaic a picture's borders depend on its neighbours; layout=image keeps each
    by itself.
    """

    name = "avif"
    lossy = True
    qualities = range(1, 101)
    largest = 1 << 14

    quality: int = argument("1 to 100, as libavif scales it")
    speed: int = option(6, "0, slow and small, to 10")
    chroma: str = chroma_option()
    layout: str = layout_option()

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(0 <= self.speed <= 10, f"speed must lie between 0 and 10, not {self.speed}")

    def check(self, symbols: Symbols) -> None:
        super().check(symbols)
        check_feature(self.name, "avif")

    def encode(self, picture: NDArray[np.uint8], alphabet: int) -> bytes:
        options: dict[str, Any] = {"quality": self.quality, "speed": self.speed, "codec": "aom"}
        if picture.shape[2] == 3:
            options["subsampling"] = f"{self.chroma[0]}:{self.chroma[1]}:{self.chroma[2]}"
        return save(picture, "AVIF", max_threads=1, autotiling=False, **options)

    def decode(self, file: bytes, shape: Shape, alphabet: int) -> NDArray[np.uint8]:
        from PIL.AvifImagePlugin import AvifImageFile

        height, width, channels = shape
        meta = _meta(file)
        expect(self.name, (meta.count(b"ispe"), meta.count(b"Exif")), (1, 0))
        size = struct.unpack_from(">II", meta, meta.index(b"ispe") + 8)
        expect(self.name, size, (width, height))
        modes = ("RGB",) if channels == 3 else ("L", "RGB")  # of grey, Pillow's releases differ
        return pixels(AvifImageFile, file, shape, modes).reshape(height, width, -1)[..., :channels]


def _meta(file: bytes) -> bytes:
    """The box of properties of a file of three boxes: type, properties, data (ISO/IEC 14496-12)."""
    boxes, place = [], 0
    while place < len(file):
        length, kind = struct.unpack_from(">I4s", file, place)
        boxes.append((kind, file[place : place + length]))
        place += max(length, 8)
    expect("avif", place, len(file))
    expect("avif", [kind for kind, _ in boxes], [b"ftyp", b"meta", b"mdat"])
    return boxes[1][1]
