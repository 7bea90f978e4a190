"""jpeg: the JPEG baseline and progressive modes (ITU-T T.81), in JFIF files.

Pillow writes it: every installation has it, with libjpeg-turbo, and the bytes of a quality are the
ones that people know.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Symbols, argument
from fewbytes.codecs.pictures import PictureCoder, chroma_option, expect, layout_option
from fewbytes.codecs.pillow import check_feature, pixels, save
from fewbytes.errors import CorruptError
from fewbytes.types import Shape

OWN_TABLES = 1 << 16
"""A picture of fewer pixels uses the standard's Huffman tables, which a block stores once."""

MOST_SCANS = 16
"""Progressive files have 10 scans at most; each costs a pass over the picture."""

SOF0, SOF2, DHT, SOS, DQT, APP0 = 0xFFC0, 0xFFC2, 0xFFC4, 0xFFDA, 0xFFDB, 0xFFE0  # T.81, B.1.1.3


@dataclass(frozen=True)
class JPEG(PictureCoder):
    """JPEG files. Cells of a mosaic are filled up to whole blocks, so that none sees another."""

    name = "jpeg"
    lossy = True
    qualities = range(1, 101)
    largest = 65500

    quality: int = argument("1 to 100, as libjpeg scales it")
    chroma: str = chroma_option()
    layout: str = layout_option()

    def cell(self, channels: int) -> int:
        return 16 if channels == 3 and self.chroma == "420" else 8

    def check(self, symbols: Symbols) -> None:
        super().check(symbols)
        check_feature(self.name, "jpg")

    def encode(self, picture: NDArray[np.uint8], alphabet: int) -> bytes:
        sampling = f"{self.chroma[0]}:{self.chroma[1]}:{self.chroma[2]}"
        options: dict[str, Any] = {"quality": self.quality, "subsampling": sampling}
        file = save(picture, "JPEG", **options)
        pixel_count = picture.shape[0] * picture.shape[1]
        # Pillow gives libjpeg a byte a pixel for the whole file where its tables are made to
        # measure, which noise of a high quality overflows
        if pixel_count < OWN_TABLES or len(file) > 0.8 * pixel_count:
            return file
        options["optimize"] = True
        own = save(picture, "JPEG", **options)
        return min(file, own, save(picture, "JPEG", progressive=True, **options), key=len)

    def decode(self, file: bytes, shape: Shape, alphabet: int) -> NDArray[np.uint8]:
        from PIL.JpegImagePlugin import JpegImageFile

        expect(self.name, _frame(file), shape)
        modes = ("L",) if shape[2] == 1 else ("RGB",)
        return pixels(JpegImageFile, file, shape, modes).reshape(shape)


def _frame(file: bytes) -> Shape:
    """(height, width, channels) of the only frame of a file that holds nothing unusual."""
    expect("jpeg", file[:2], b"\xff\xd8")
    place, frames = 2, []
    while True:
        marker, length = struct.unpack_from(">HH", file, place)
        if marker == SOS:
            break
        if marker in (SOF0, SOF2):
            _bits, *shape = struct.unpack_from(">BHHB", file, place + 4)
            frames.append(tuple(shape))
        elif marker not in (DHT, DQT, APP0):
            raise CorruptError(f"jpeg: a segment {marker:04x} does not belong here")
        place += 2 + length
    if len(frames) != 1 or file.count(SOS.to_bytes(2, "big")) > MOST_SCANS:
        raise CorruptError("jpeg: not one frame of a few scans")
    return frames[0]
