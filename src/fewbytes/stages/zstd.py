"""zstd: Zstandard (RFC 8878) over all records of a block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import RecordCoder, Symbols, argument
from fewbytes.codecs.records import fills_bytes
from fewbytes.codecs.zstandard import compress, decompress
from fewbytes.errors import CorruptError
from fewbytes.types import State


@dataclass(frozen=True)
class Zstd(RecordCoder):
    """Compresses the records one after another. Symbols of 1, 2 or 4 bits are first put side by
    side (masks become smaller so, and ten times sooner), others take whole bytes.
    """

    name = "zstd"
    compression = "zstd"

    level: int = argument("effort, 1 to 22", default=12)

    def __post_init__(self) -> None:
        self.require(1 <= self.level <= 22, f"level must lie between 1 and 22, not {self.level}")

    @property
    def compression_level(self) -> int:
        return self.level

    def tight(self, symbols: Symbols) -> bool:
        return fills_bytes(symbols)

    def pack(self, codes: NDArray[Any], symbols: Symbols, state: State) -> bytes:
        return compress(self.to_records(codes, symbols).tobytes(), self.level)

    def unpack(self, blob: bytes, n: int, symbols: Symbols, state: State) -> NDArray[Any]:
        record_bytes = self.record_bytes(symbols)
        expected = n * record_bytes
        plain = decompress(blob, expected)
        if len(plain) != expected:
            raise CorruptError(f"zstd: {n} codes take {expected} bytes, but there are {len(plain)}")
        records = np.frombuffer(plain, np.uint8).reshape(n, record_bytes)
        return self.from_records(records, symbols).copy()
