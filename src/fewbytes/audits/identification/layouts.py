"""Codes without a header, cut into the records of a codec.

Headerless bytes are a row of records, as the codec's coder lays them out before any compression: in
whole bytes, or bit by bit. An array has the shape of its codes, or is a row of such records; where
it holds real numbers and the codec's symbols are whole, they are coefficients, as `dequantize`
gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.identification.bag_files import ArrayBag, Bag, BytesBag
from fewbytes.codecs import Codec, RecordCoder, Symbols
from fewbytes.codecs.records import from_records, record_bytes
from fewbytes.errors import InputError
from fewbytes.types import Shape

Codes = NDArray[Any]

_STREAM = 7

_Draw = Callable[[int], NDArray[np.int64]]


class Unfit(Exception):  # noqa: N818 - an answer, and no error
    """Why codes cannot be those of a codec, whatever they hold."""


class Unknown(Unfit):
    """Why it cannot be said whether codes are those of a codec."""


@dataclass(frozen=True)
class Records:
    """Codes of a bag."""

    codes: Codes
    """(k, *code_shape), of the type that the codec gives."""
    real: bool
    """Whether they are coefficients, (k, *coefficient_shape) float32."""
    whole: int
    """Records that the bag holds in all."""


def records_of(bag: Bag, codec: Codec, image_shape: Shape, most: int, seed: int) -> Records:
    """At most so many records of a bag, drawn by the seed, as codes of images of that shape.

    Raises:
        Unfit: the bag's records are not laid out as those of the codec.
        CodecError: the codec does not fit such images.
        InputError: coefficients are not finite.
    """
    symbols = codec.symbols(image_shape)
    coefficients = codec.signals(image_shape)[-1].shape

    def draw(n: int) -> NDArray[np.int64]:
        """Only once it is seen that the bag holds n such records."""
        return drawn(n, most, seed)

    if isinstance(bag, ArrayBag):
        found = _of_array(bag, codec, symbols, coefficients, draw)
    else:
        found = _of_bytes(bag, codec, symbols, draw)
    if found.real or symbols.alphabet is None:
        _check_finite(found.codes, bag)
        return Records(found.codes, True, found.whole)
    low, high = int(found.codes.min()), int(found.codes.max())
    if not 0 <= low <= high < symbols.alphabet:
        raise Unfit(f"a symbol is {low if low < 0 else high}; there are {symbols.alphabet}")
    return Records(found.codes.astype(symbols.dtype, copy=False), False, found.whole)


def drawn(n: int, most: int, seed: int) -> NDArray[np.int64]:
    """Numbers below n, at most so many, rising; by another stream than images are drawn by.

    `choice` draws few of many by Floyd's method, in memory for the few: a file of nothing but holes
    may declare any number.
    """
    rng = np.random.default_rng([seed, _STREAM])
    return np.sort(rng.choice(n, min(n, most), replace=False))


def check_whole(bag: Bag, codecs: Sequence[tuple[Codec, Shape]]) -> None:
    """Raise InputError where headerless bytes are no whole number of any codec's records."""
    if isinstance(bag, ArrayBag):
        return
    sizes = {
        record_bytes(codec.symbols(shape), codec.coder.tight(codec.symbols(shape)))
        for codec, shape in codecs
        if isinstance(codec.coder, RecordCoder)
    }
    if sizes and all(bag.size % size for size in sizes):
        raise InputError(
            f"{bag.where}: {bag.size:,} bytes are no whole number of records of "
            f"{' or '.join(f'{size:,}' for size in sorted(sizes))} bytes; it is cut off, or of "
            "another codec (--codec SPEC)"
        )


def _of_bytes(bag: BytesBag, codec: Codec, symbols: Symbols, draw: _Draw) -> Records:
    coder = codec.coder
    if not isinstance(coder, RecordCoder):
        raise Unfit(f"{coder.name} makes no records of one size")
    width = coder.record_bytes(symbols)
    if bag.size % width:
        raise Unfit(f"{bag.size:,} bytes are no whole records of {width:,}")
    n = bag.size // width
    rows = bag.read(draw(n), width)
    return Records(coder.from_records(rows, symbols), False, n)


def _of_array(
    bag: ArrayBag,
    codec: Codec,
    symbols: Symbols,
    coefficients: Shape,
    draw: _Draw,
) -> Records:
    width, n, kind = prod(bag.records.shape[1:]), len(bag), bag.records.dtype.kind

    def rows() -> Codes:
        """Read only once their length is seen to be right: it may be a whole disk."""
        return np.asarray(bag.records[draw(n)]).reshape(-1, width)

    if kind == "f":
        shape = symbols.shape if symbols.alphabet is None else coefficients
        if width != prod(shape):
            raise Unfit(f"records of {width:,} numbers, not {prod(shape):,}")
        with np.errstate(over="ignore"):  # what float32 cannot hold is found not finite
            return Records(rows().astype(np.float32).reshape(-1, *shape), True, n)
    if symbols.alphabet is None:
        raise Unfit("whole numbers, where codes are real")
    if width == symbols.size:
        return Records(rows().reshape(-1, *symbols.shape), False, n)
    tight = isinstance(codec.coder, RecordCoder) and codec.coder.tight(symbols)
    if bag.records.dtype == np.uint8 and width == record_bytes(symbols, tight):
        return Records(from_records(rows(), symbols, tight), False, n)
    raise Unfit(f"records of {width:,} numbers, not {symbols.size:,}")


def _check_finite(codes: Codes, bag: Bag) -> None:
    if np.isfinite(codes).all():
        return
    if isinstance(bag, ArrayBag):
        raise InputError(f"{bag.where}: its numbers are NaN or infinite")
    raise Unfit("read as real numbers, it holds NaN or infinite values")
