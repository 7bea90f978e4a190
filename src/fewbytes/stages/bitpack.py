"""bitpack: as many bits a symbol as the alphabet asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Coder, Symbols, bits
from fewbytes.errors import CorruptError
from fewbytes.types import State


@dataclass(frozen=True)
class BitPack(Coder):
    """Symbols of ceil(log2(alphabet)) bits, highest bit first, side by side. Every record starts
    on a byte of its own, so that all have one size and any can be reached.
    """

    name = "bitpack"

    def check(self, symbols: Symbols) -> None:
        self.require(
            symbols.alphabet is not None,
            "float32 values have no small alphabet; put a quantizer such as uniform:8 before it",
        )

    def pack(self, codes: NDArray[Any], symbols: Symbols, state: State) -> bytes:
        return bits.pack(codes, symbols).tobytes()

    def unpack(self, blob: bytes, n: int, symbols: Symbols, state: State) -> NDArray[Any]:
        record_bytes = bits.packed_bytes(symbols)
        if len(blob) != n * record_bytes:
            raise CorruptError(
                f"bitpack: {n} codes take {n * record_bytes} bytes, but there are {len(blob)}"
            )
        return bits.unpack(np.frombuffer(blob, np.uint8).reshape(n, record_bytes), symbols)
