"""float32: the coefficients as they are, four bytes each."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fewbytes.codecs import Quantizer, Signal
from fewbytes.types import State


@dataclass(frozen=True)
class Float32(Quantizer):
    """No quantizer at all: each value is kept in single precision."""

    name = "float32"
    lossy = False
    exact_on_pixels = True

    @property
    def alphabet(self) -> None:
        return None

    def quantize(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return x.float()

    def dequantize(self, symbols: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return symbols
