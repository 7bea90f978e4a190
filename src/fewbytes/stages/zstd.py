"""zstd: Zstandard (RFC 8878) over all records of a block.

The standard library brings it from Python 3.14 on; `backports.zstd` is the same module for older
ones.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Coder, Symbols, argument, bits
from fewbytes.errors import CorruptError
from fewbytes.types import State

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@dataclass(frozen=True)
class Zstd(Coder):
    """Compresses the records one after another. Symbols of 1, 2 or 4 bits are first put side by
    side (masks become smaller so, and ten times sooner), others take whole bytes.
    """

    name = "zstd"

    level: int = argument("effort, 1 to 22", default=12)

    def __post_init__(self) -> None:
        self.require(1 <= self.level <= 22, f"level must lie between 1 and 22, not {self.level}")

    def pack(self, codes: NDArray[Any], symbols: Symbols, state: State) -> bytes:
        plain = bits.pack(codes, symbols) if _packs(symbols) else codes
        return zstd.compress(plain.tobytes(), self.level)

    def unpack(self, blob: bytes, n: int, symbols: Symbols, state: State) -> NDArray[Any]:
        whole = symbols.size * symbols.dtype.itemsize
        record_bytes = bits.packed_bytes(symbols) if _packs(symbols) else whole
        expected = n * record_bytes
        try:
            # one byte beyond what is expected is enough to see that there is too much
            plain = zstd.ZstdDecompressor().decompress(blob, expected + 1)
        except zstd.ZstdError as error:
            raise CorruptError(f"zstd: {error}") from error
        if len(plain) != expected:
            raise CorruptError(f"zstd: {n} codes take {expected} bytes, but there are {len(plain)}")
        if _packs(symbols):
            return bits.unpack(np.frombuffer(plain, np.uint8).reshape(n, record_bytes), symbols)
        return np.frombuffer(plain, symbols.dtype).reshape(n, *symbols.shape).copy()


def _packs(symbols: Symbols) -> bool:
    return symbols.bits in (1, 2, 4)
