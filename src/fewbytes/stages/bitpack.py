"""bitpack: as many bits a symbol as the alphabet asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import RecordCoder, Symbols
from fewbytes.errors import CorruptError
from fewbytes.types import State


@dataclass(frozen=True)
class BitPack(RecordCoder):
    """Symbols of ceil(log2(alphabet)) bits, highest bit first, side by side. Every record starts
    on a byte of its own, so that all have one size and any can be reached.
    """

    name = "bitpack"

    def check(self, symbols: Symbols) -> None:
        self.require(
            symbols.alphabet is not None,
            "float32 values have no small alphabet; put a quantizer such as uniform:8 before it",
        )

    def tight(self, symbols: Symbols) -> bool:
        return True

    def pack(self, codes: NDArray[Any], symbols: Symbols, state: State) -> bytes:
        return self.to_records(codes, symbols).tobytes()

    def unpack(self, blob: bytes, n: int, symbols: Symbols, state: State) -> NDArray[Any]:
        expected = n * self.record_bytes(symbols)
        if len(blob) != expected:
            raise CorruptError(f"bitpack: {n} codes take {expected} bytes, not {len(blob)}")
        return self.from_records(
            np.frombuffer(blob, np.uint8).reshape(n, self.record_bytes(symbols)), symbols
        )
