"""webp: WebP (RFC 9649), VP8 key frames or lossless VP8L.

Pillow writes it: every installation has it, with libwebp, and imagecodecs has nothing that it
lacks. Without loss libwebp's slowest method takes twenty times as long for nothing on small
pictures, so the middle one is used.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Symbols, argument
from fewbytes.codecs.pictures import PictureCoder, expect, layout_option
from fewbytes.codecs.pillow import check_feature, pixels, save
from fewbytes.types import Shape

LOSSLESS = 100
SIDE = 0x3FFF
"""A side has 14 bits."""


@dataclass(frozen=True)
class WebP(PictureCoder):
    """WebP files, lossless at quality 100. Colour always has half the resolution otherwise.

    With loss, in a mosaic a picture's borders depend on its neighbours; layout=image keeps each by
    itself.
    """

    name = "webp"
    lossy = True
    qualities = range(1, LOSSLESS + 1)
    largest = SIDE

    quality: int = argument("1 to 99, or 100: lossless")
    layout: str = layout_option()

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "lossy", self.quality < LOSSLESS)

    def check(self, symbols: Symbols) -> None:
        super().check(symbols)
        check_feature(self.name, "webp")

    def encode(self, picture: NDArray[np.uint8], alphabet: int) -> bytes:
        if self.lossy:
            return save(picture, "WEBP", quality=self.quality, method=6)
        return save(picture, "WEBP", lossless=True, quality=80, method=4)

    def decode(self, file: bytes, shape: Shape, alphabet: int) -> NDArray[np.uint8]:
        from PIL.WebPImagePlugin import WebPImageFile

        height, width, channels = shape
        expect(self.name, file[8:16], b"WEBPVP8 " if self.lossy else b"WEBPVP8L")
        expect(self.name, _size(file, self.lossy), (height, width))
        return pixels(WebPImageFile, file, shape, ("RGB",))[..., :channels]


def _size(file: bytes, lossy: bool) -> tuple[int, int]:
    """(height, width) from the header of the only chunk."""
    if lossy:  # RFC 6386, 9.1: key frames have a start code, then width and height
        expect("webp", file[23:26], b"\x9d\x01\x2a")
        width, height = struct.unpack_from("<HH", file, 26)
        return height & SIDE, width & SIDE
    expect("webp", file[20:21], b"\x2f")  # RFC 9649, 3.4
    (sides,) = struct.unpack_from("<I", file, 21)
    return (sides >> 14 & SIDE) + 1, (sides & SIDE) + 1
