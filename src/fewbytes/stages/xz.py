"""xz: LZMA (XZ format) over all records of a block, slow and dense."""

from __future__ import annotations

import lzma
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Coder, Symbols, argument
from fewbytes.codecs.records import fills_bytes, from_records, record_bytes, to_records
from fewbytes.errors import CorruptError
from fewbytes.types import State


@dataclass(frozen=True)
class XZ(Coder):
    """Compresses the records one after another. Symbols of 1, 2 or 4 bits are first put side by
    side, others take whole bytes. The block's checksum is the container's to keep, not LZMA's.
    """

    name = "xz"

    level: int = argument("effort, 0 to 9", default=6)

    def __post_init__(self) -> None:
        self.require(0 <= self.level <= 9, f"level must lie between 0 and 9, not {self.level}")

    def pack(self, codes: NDArray[Any], symbols: Symbols, state: State) -> bytes:
        plain = to_records(codes, symbols, fills_bytes(symbols)).tobytes()
        return lzma.compress(plain, check=lzma.CHECK_NONE, preset=self.level)

    def unpack(self, blob: bytes, n: int, symbols: Symbols, state: State) -> NDArray[Any]:
        size = record_bytes(symbols, fills_bytes(symbols))
        decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ)
        try:
            # one byte beyond what is expected is enough to see that there is too much
            plain = decoder.decompress(blob, n * size + 1)
        except (lzma.LZMAError, EOFError) as error:
            raise CorruptError(f"xz: {error}") from error
        if len(plain) != n * size or not decoder.eof or decoder.unused_data:
            raise CorruptError(f"xz: {n} codes take {n * size} bytes, but there are {len(plain)}")
        records = np.frombuffer(plain, np.uint8).reshape(n, size)
        return from_records(records, symbols, fills_bytes(symbols)).copy()
