"""uint8: pixel values to the nearest whole number."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fewbytes.codecs import Domain, Quantizer, Signal
from fewbytes.codecs.rounding import nearest_symbol
from fewbytes.types import State


@dataclass(frozen=True)
class UInt8(Quantizer):
    """Rounds pixel values to one of 256 symbols, halves to the even neighbour."""

    name = "uint8"
    accepts = frozenset({Domain.PIXEL})
    exact_on_pixels = True

    @property
    def alphabet(self) -> int:
        return 256

    def quantize(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return x if x.dtype == torch.uint8 else nearest_symbol(x, self.alphabet)

    def dequantize(self, symbols: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return symbols.float()
