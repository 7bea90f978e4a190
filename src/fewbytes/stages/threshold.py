"""threshold: one bit a value."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fewbytes.codecs import Domain, Quantizer, Signal, argument
from fewbytes.types import State


@dataclass(frozen=True)
class Threshold(Quantizer):
    """1 where a value is at least `level` of the way from the lowest to the highest possible one,
    which stand for the symbols when they are decoded.
    """

    name = "threshold"
    accepts = frozenset({Domain.PIXEL, Domain.UNIT})

    level: float = argument("share of the range, between 0 and 1", default=0.5)

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", float(self.level))
        self.require(0 < self.level < 1, f"level must lie between 0 and 1, not {self.level}")

    @property
    def alphabet(self) -> int:
        return 2

    def quantize(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        low, high = signal.domain.bounds
        if x.dtype == torch.uint8 and signal.domain is Domain.UNIT:
            return x  # a mask of 0 and 1 already
        return (x >= low + self.level * (high - low)).view(torch.uint8)

    def dequantize(self, symbols: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        low, high = signal.domain.bounds
        return symbols.float() * (high - low) + low
