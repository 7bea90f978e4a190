"""Labels of a block as bytes: side by side in as few bits as the largest needs or, where they are
sorted, how many there are of each.

The first byte says which: the bits of one label, or 0 for counts, which follow class by class in
seven bits a byte, lowest first (LEB128).
"""

from __future__ import annotations

import numpy as np

from fewbytes.codecs import Symbols, bits
from fewbytes.errors import CorruptError
from fewbytes.types import MOST_CLASSES, Labels

COUNTS = 0


def pack_labels(labels: Labels) -> bytes:
    """Labels (n,), at least one."""
    symbols = Symbols((len(labels),), int(labels.max()) + 1)
    side_by_side = bits.pack(labels.astype(symbols.dtype)[None], symbols).tobytes()
    counts = b"".join(map(_number, np.bincount(labels).tolist()))
    if (np.diff(labels) >= 0).all() and len(counts) < len(side_by_side):
        return bytes([COUNTS]) + counts
    return bytes([symbols.bits]) + side_by_side


def unpack_labels(blob: bytes, count: int) -> Labels:
    """The inverse of `pack_labels`. Raises CorruptError."""
    if blob[:1] == bytes([COUNTS]):
        counts = _numbers(blob[1:])
        if len(counts) > MOST_CLASSES or sum(counts) != count or counts[-1:] == [0]:
            raise CorruptError(f"the labels are not those of {count} records")
        return np.repeat(np.arange(len(counts)), counts)
    width = blob[0] if blob else 0
    if not 1 <= width <= (MOST_CLASSES - 1).bit_length():
        raise CorruptError(f"labels of {width} bits")
    symbols = Symbols((count,), 1 << width)
    if len(blob) - 1 != bits.packed_bytes(symbols):
        raise CorruptError(f"{count} labels take {bits.packed_bytes(symbols)} bytes")
    labels: Labels = bits.unpack(np.frombuffer(blob, np.uint8, offset=1)[None], symbols)[0]
    return labels.astype(np.int64)


def _number(value: int) -> bytes:
    septets = [value & 127]
    while value := value >> 7:
        septets.append(value & 127)
    return bytes([*(s | 128 for s in septets[:-1]), septets[-1]])


def _numbers(blob: bytes) -> list[int]:
    values, value, shift = [], 0, 0
    for byte in blob:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            values.append(value)
            value, shift = 0, 0
        elif shift > 28:
            raise CorruptError("a count of labels takes too many bytes")
    if shift:
        raise CorruptError("the counts of labels end in the middle of one")
    return values
