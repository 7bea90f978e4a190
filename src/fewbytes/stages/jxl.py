"""jxl: JPEG XL (ISO/IEC 18181), bare codestreams.

imagecodecs writes it, with libjxl: Pillow cannot. What a frame makes of the size in the header is
libjxl's to check. On small pictures efforts over 5 take twice the time for no fewer bytes at the
same error; without loss, 7 saves 5 to 10 percent of the bytes of 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Symbols, argument, option
from fewbytes.codecs.pictures import PictureCoder, expect, layout_option
from fewbytes.codecs.pillow import plane
from fewbytes.errors import MissingExtraError
from fewbytes.types import Shape

LOSSLESS = 100
RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
"""Width to height, where the header names it (ISO/IEC 18181-1, table of AspectRatio)."""


@dataclass(frozen=True)
class JXL(PictureCoder):
    """JPEG XL codestreams, lossless at quality 100. Needs imagecodecs: the extra `jxl`.

    With loss, in a mosaic a picture's borders depend on its neighbours; layout=image keeps each by
    itself.
    """

    name = "jxl"
    lossy = True
    qualities = range(1, LOSSLESS + 1)
    largest = 1 << 18

    quality: int = argument("1 to 99, as libjxl scales it, or 100: lossless")
    effort: int = option(0, "1, fast, to 9, slow and small; 0: 5, or 7 where nothing is lost")
    layout: str = layout_option()

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(
            0 <= self.effort <= 9, f"effort must lie between 1 and 9, or be 0, not {self.effort}"
        )
        object.__setattr__(self, "lossy", self.quality < LOSSLESS)

    def check(self, symbols: Symbols) -> None:
        super().check(symbols)
        _library()

    def encode(self, picture: NDArray[np.uint8], alphabet: int) -> bytes:
        options = {"level": self.quality} if self.lossy else {"lossless": True}
        effort = self.effort or (5 if self.lossy else 7)
        return bytes(
            _library().jpegxl_encode(plane(picture), effort=effort, numthreads=1, **options)
        )

    def decode(self, file: bytes, shape: Shape, alphabet: int) -> NDArray[np.uint8]:
        expect(self.name, _size(file), shape[:2])
        pixels: NDArray[np.uint8] = _library().jpegxl_decode(file, index=0, numthreads=1)
        return pixels.reshape(shape)


def _library() -> Any:
    try:
        import imagecodecs
    except ImportError:
        raise MissingExtraError("the coder jxl", "imagecodecs", "jxl") from None
    return imagecodecs


def _size(file: bytes) -> tuple[int, int]:
    """(height, width) from the SizeHeader of a codestream (ISO/IEC 18181-1, SizeHeader)."""
    expect("jxl", file[:2], b"\xff\x0a")
    bits = _Bits(file[2:16])
    small = bits.take(1)

    def side() -> int:
        return (bits.take(5) + 1) * 8 if small else bits.take((9, 13, 18, 30)[bits.take(2)]) + 1

    height = side()
    ratio = bits.take(3)
    if not ratio:
        return height, side()
    wide, high = RATIOS[ratio - 1]
    return height, height * wide // high


class _Bits:
    """Bits of a codestream, the lowest of a byte first."""

    def __init__(self, data: bytes) -> None:
        self._rest = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        taken = self._rest & ((1 << count) - 1)
        self._rest >>= count
        return taken
