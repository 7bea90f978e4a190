"""Whole numbers in as few bits as their alphabet asks for, shared by the coders."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs.stage import Symbols


def packed_bytes(symbols: Symbols) -> int:
    """Bytes of one record: its symbols side by side, the last byte filled up with zeros."""
    return (symbols.size * symbols.bits + 7) // 8


def pack(codes: NDArray[Any], symbols: Symbols) -> NDArray[np.uint8]:
    """Codes (n, *shape) to (n, packed_bytes), each symbol's highest bit first."""
    flat = codes.reshape(len(codes), symbols.size)
    if symbols.bits > 1:
        places = np.arange(symbols.bits - 1, -1, -1, dtype=flat.dtype)
        flat = (flat[:, :, None] >> places & 1).reshape(len(codes), symbols.size * symbols.bits)
    return np.packbits(flat.astype(np.uint8, copy=False), axis=1)


def unpack(packed: NDArray[np.uint8], symbols: Symbols) -> NDArray[Any]:
    """The inverse of `pack`."""
    n = len(packed)
    planes = np.unpackbits(packed, axis=1, count=symbols.size * symbols.bits)
    flat = planes.reshape(n, symbols.size, symbols.bits)
    codes = np.zeros((n, symbols.size), symbols.dtype)
    for place in range(symbols.bits):
        codes = codes << 1 | flat[:, :, place]
    return codes.astype(symbols.dtype, copy=False).reshape(n, *symbols.shape)
