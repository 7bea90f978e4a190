"""Image formats as coders: what all of them share.

A block is a byte for the layout, the number of pictures (u32), and a bundle of files: one for each
picture (`image`), or a few mosaics of them (`mosaic`). Codes must be pictures: (rows, columns, 1 or
3) of at most 256 symbols. A format that loses is given its symbols stretched over 0 to 255, and
gives the nearest symbol back. In a mosaic of such a format a picture's borders depend on its
neighbours, except in `jpeg`, whose blocks stand by themselves; `layout=image` keeps each picture by
itself.

Nothing in a file is believed: a format reads size and kind from the header by itself, and refuses
what is not as expected, before it lets its library decode.
"""

from __future__ import annotations

import struct
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import islice
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from fewbytes.codecs import bundle, mosaic
from fewbytes.codecs.stage import Coder, Symbols, option
from fewbytes.errors import CodecError, CorruptError, FewbytesError
from fewbytes.types import Shape, State

LAYOUTS = ("auto", "image", "mosaic")
CHROMAS = ("420", "444")
_WAYS = LAYOUTS[1:]
"""The byte of a block's layout is a place in here."""

SAMPLE_PIXELS = 1 << 16
"""The layout of a block is chosen by coding so many pixels both ways."""

_HEADER = struct.Struct("<BI")
_UNKNOWN_SHAPE = (1,)
"""What a codec asks about before it knows its images."""

_A_TASK = 16
"""Pictures handed to a thread at once."""

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def layout_option() -> Any:
    """The option `layout`, which every format has."""
    return option("auto", "a file an image, or a mosaic; auto: what is smaller", choices=LAYOUTS)


def chroma_option() -> Any:
    """The option `chroma`, of the formats that leave the choice."""
    return option("420", "420: colour at half the resolution; 444: at the whole", choices=CHROMAS)


class PictureCoder(Coder):
    """A coder that writes files of an image format. A subclass says how one picture is coded."""

    layout: str
    qualities: ClassVar[range | None] = None
    """What its `quality` may be; None where it has none."""
    largest: ClassVar[int]
    """Pixels that the longer side of a picture may have."""

    def __post_init__(self) -> None:
        self.require(
            self.layout in LAYOUTS, f"layout is {' or '.join(LAYOUTS)}, not {self.layout!r}"
        )
        if self.qualities is not None:
            low, high, quality = self.qualities[0], self.qualities[-1], getattr(self, "quality", 0)
            fits = quality in self.qualities
            self.require(fits, f"quality must lie between {low} and {high}, not {quality}")
        chroma = getattr(self, "chroma", "420")
        self.require(chroma in CHROMAS, f"chroma is {' or '.join(CHROMAS)}, not {chroma!r}")

    @abstractmethod
    def encode(self, picture: NDArray[np.uint8], alphabet: int) -> bytes:
        """A picture (h, w, 1 or 3) as a file: the same bytes each time. Its values are less than
        `alphabet`, which is 256 where the format loses.
        """

    @abstractmethod
    def decode(self, file: bytes, shape: Shape, alphabet: int) -> NDArray[np.uint8]:
        """The inverse of `encode`, for a picture of `shape`. Whatever damaged bytes make it raise
        becomes a CorruptError.
        """

    def cell(self, channels: int) -> int:
        """Pictures in a mosaic are filled up to multiples of so many pixels: those of the blocks
        that the format codes by themselves, so that no picture sees its neighbours. Most formats
        have no such blocks (1): with loss, borders then depend on the neighbours.
        """
        return 1

    def check(self, symbols: Symbols) -> None:
        if symbols.alphabet is None or symbols.alphabet > 256:
            kinds = "numbers" if symbols.alphabet is None else f"{symbols.alphabet} symbols"
            raise CodecError(
                f"{self.name}: {kinds} are no pixel values; put a quantizer of at most 256 symbols "
                "before it, such as uniform:8, or take another coder, such as xz"
            )
        if symbols.shape != _UNKNOWN_SHAPE:
            self._check_shape(symbols.shape)

    def pack(self, codes: NDArray[Any], symbols: Symbols, state: State) -> bytes:
        self._check_shape(symbols.shape)
        pictures, alphabet = codes, self._alphabet(symbols)
        if alphabet != symbols.alphabet:
            pictures = _levels(symbols.alphabet or 256)[codes]
        ways = _WAYS if self.layout == "auto" else (self.layout,)
        ways = ways if len(codes) > 1 else ways[:1]
        some = max(2, SAMPLE_PIXELS // (symbols.shape[0] * symbols.shape[1]))
        if len(ways) > 1 and len(codes) > some:
            sample = pictures[:: -(-len(codes) // some)]
            ways = (min(ways, key=lambda way: len(self._packed(sample, alphabet, way))),)
        return min((self._packed(pictures, alphabet, way) for way in ways), key=len)

    def unpack(self, blob: bytes, n: int, symbols: Symbols, state: State) -> NDArray[Any]:
        self._check_shape(symbols.shape)
        if len(blob) < _HEADER.size:
            raise CorruptError(f"{self.name}: {len(blob)} bytes are no block of pictures")
        way, found = _HEADER.unpack_from(blob)
        if found != n or way >= len(_WAYS):
            raise CorruptError(f"{self.name}: layout {way} of {found} pictures, but {n} are wanted")
        alphabet, shape, channels = self._alphabet(symbols), symbols.shape, symbols.shape[2]
        rest = blob[_HEADER.size :]
        if _WAYS[way] == "image":
            files = [(file, shape) for file in bundle.split(rest, n)]
            pictures = list(_in_order(lambda f: self._decoded(*f, alphabet), files))
            pixels = np.stack(pictures) if n else np.empty((0, *shape), np.uint8)
        else:
            grids = self._plan(n, shape)
            sizes = [grid.size(channels) for grid in grids]
            files = list(zip(bundle.split(rest, len(grids)), sizes, strict=True))
            mosaics = _in_order(lambda f: self._decoded(*f, alphabet), files)
            cells = [mosaic.cut(m, grid, shape) for m, grid in zip(mosaics, grids, strict=True)]
            pixels = np.concatenate([np.empty((0, *shape), np.uint8), *cells])
        if alphabet == symbols.alphabet:
            return pixels
        return _nearest(symbols.alphabet or 256)[pixels]

    def _alphabet(self, symbols: Symbols) -> int:
        """How many different values the format is given."""
        return 256 if self.lossy else symbols.alphabet or 256

    def _check_shape(self, shape: Shape) -> None:
        if len(shape) != 3 or shape[2] not in (1, 3):
            raise CodecError(
                f"{self.name} codes pictures, (rows, columns, 1 or 3), but the codes are {shape}; "
                "put a general coder in its place, such as xz"
            )
        self.require(
            max(shape[:2]) <= self.largest,
            f"{shape[0]}x{shape[1]} is too large: a side has at most {self.largest} pixels",
        )

    def _plan(self, n: int, shape: Shape) -> list[mosaic.Grid]:
        block = self.cell(shape[2])
        height, width = (-(-side // block) * block for side in shape[:2])
        if max(height, width) > self.largest:
            height, width = shape[:2]
        return mosaic.plan(n, (height, width), self.largest)

    def _packed(self, pictures: NDArray[np.uint8], alphabet: int, way: str) -> bytes:
        n, *shape = pictures.shape
        to_code: Iterable[NDArray[np.uint8]] = pictures
        if way == "mosaic":
            grids = self._plan(n, tuple(shape))
            ends = np.cumsum([0, *(grid.count for grid in grids)])
            to_code = (
                mosaic.tile(pictures[start : start + grid.count], grid)
                for start, grid in zip(ends, grids, strict=False)
            )
        files = list(_in_order(lambda picture: self.encode(picture, alphabet), to_code))
        return _HEADER.pack(_WAYS.index(way), n) + bundle.join(files)

    def _decoded(self, file: bytes, shape: Shape, alphabet: int) -> NDArray[np.uint8]:
        try:
            pixels = self.decode(file, shape, alphabet)
        except (FewbytesError, MemoryError):
            raise
        except Exception as error:  # damaged bytes make image libraries raise nearly anything
            said = " ".join(str(error).split())[:200] or type(error).__name__
            raise CorruptError(f"{self.name}: {said}") from error
        if pixels.shape != shape or pixels.dtype != np.uint8:
            raise CorruptError(f"{self.name}: a picture is {pixels.shape}, not {shape}")
        return pixels


def expect(name: str, found: object, wanted: object) -> None:
    """Raise CorruptError unless what a header says is what is wanted."""
    if found != wanted:
        raise CorruptError(f"{name}: a picture is {found}, not {wanted}")


@cache
def _levels(alphabet: int) -> NDArray[np.uint8]:
    """The pixel value that stands for each symbol."""
    levels: NDArray[np.uint8] = np.rint(np.linspace(0, 255, alphabet)).astype(np.uint8)
    return levels


@cache
def _nearest(alphabet: int) -> NDArray[np.uint8]:
    """The symbol that each pixel value is nearest to."""
    distance = np.abs(np.arange(256)[:, None] - _levels(alphabet)[None, :].astype(np.int64))
    nearest: NDArray[np.uint8] = distance.argmin(1).astype(np.uint8)
    return nearest


def _in_order(function: Callable[[_In], _Out], items: Iterable[_In]) -> Iterator[_Out]:
    """`map` by as many threads as torch uses: image libraries let go of the interpreter."""
    threads = torch.get_num_threads()
    if threads == 1:
        yield from map(function, items)
        return
    remaining = iter(items)
    runs = iter(lambda: list(islice(remaining, _A_TASK)), [])
    with ThreadPoolExecutor(threads, thread_name_prefix="fewbytes-pictures") as pool:
        for done in pool.map(lambda run: [function(item) for item in run], runs):
            yield from done
