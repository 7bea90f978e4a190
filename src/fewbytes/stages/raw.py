"""raw: whole bytes, nothing saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import RecordCoder, Symbols
from fewbytes.errors import CorruptError
from fewbytes.types import State


@dataclass(frozen=True)
class Raw(RecordCoder):
    """Each symbol in one byte, two (little-endian) or, as float32, four."""

    name = "raw"

    def tight(self, symbols: Symbols) -> bool:
        return False

    def pack(self, codes: NDArray[Any], symbols: Symbols, state: State) -> bytes:
        return codes.tobytes()

    def unpack(self, blob: bytes, n: int, symbols: Symbols, state: State) -> NDArray[Any]:
        expected = n * self.record_bytes(symbols)
        if len(blob) != expected:
            raise CorruptError(f"raw: {n} codes take {expected} bytes, but there are {len(blob)}")
        return np.frombuffer(blob, symbols.dtype).reshape(n, *symbols.shape).copy()
