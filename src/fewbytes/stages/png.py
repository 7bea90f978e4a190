"""png: Portable Network Graphics (ISO/IEC 15948).

Pillow writes it: every installation has it, and it knows 1, 2 and 4 bits a pixel.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Symbols
from fewbytes.codecs.pictures import PictureCoder, expect, layout_option
from fewbytes.codecs.pillow import check_feature, grey_palette, pixels, save
from fewbytes.errors import CorruptError
from fewbytes.types import Shape

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNKS = {b"PLTE", b"IDAT", b"IEND"}
"""What follows the header. Others can make a reader warn, or unfold to fill its memory."""

GREY, RGB, PALETTE = 0, 2, 3  # colour types, ISO/IEC 15948, table 11.1
MODES = {GREY: ("1", "L"), RGB: ("RGB",), PALETTE: ("P",)}


@dataclass(frozen=True)
class PNG(PictureCoder):
    """PNG files, lossless. Grey pictures of up to 16 symbols take 1, 2 or 4 bits a pixel."""

    name = "png"
    largest = 1 << 20

    layout: str = layout_option()

    def check(self, symbols: Symbols) -> None:
        super().check(symbols)
        check_feature(self.name, "zlib")

    def encode(self, picture: NDArray[np.uint8], alphabet: int) -> bytes:
        depth, kind = _kind(picture.shape[2], alphabet)
        if depth == 1:
            return save(picture.view(np.bool_), "PNG", compress_level=9)
        palette = grey_palette(1 << depth) if kind == PALETTE else None
        return save(picture, "PNG", palette, bits=depth, compress_level=9)

    def decode(self, file: bytes, shape: Shape, alphabet: int) -> NDArray[np.uint8]:
        from PIL.PngImagePlugin import PngImageFile

        height, width, channels = shape
        depth, kind = _kind(channels, alphabet)
        header = struct.pack(">I4sIIBBBBB", 13, b"IHDR", width, height, depth, kind, 0, 0, 0)
        expect(self.name, file[: len(SIGNATURE) + len(header)], SIGNATURE + header)
        _check_chunks(file, len(SIGNATURE))
        return pixels(PngImageFile, file, shape, MODES[kind]).reshape(shape)


def _kind(channels: int, alphabet: int) -> tuple[int, int]:
    """Bits of a value, and colour type."""
    if channels == 3:
        return 8, RGB
    if alphabet > 16:
        return 8, GREY
    # grey of 2 or 4 bits would be read as stretched to 8; a palette keeps the symbols
    return (1, GREY) if alphabet <= 2 else (2 if alphabet <= 4 else 4, PALETTE)


def _check_chunks(file: bytes, place: int) -> None:
    """Raise CorruptError unless the file is a row of whole chunks of known kinds."""
    first = True
    while place < len(file):
        length, kind = struct.unpack_from(">I4s", file, place)
        if not first and kind not in CHUNKS:
            raise CorruptError(f"png: a chunk {kind!r} does not belong here")
        place, first = place + 12 + length, False
    expect("png", place, len(file))
