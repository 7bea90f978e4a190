"""fsq: finite scalar quantization, a few fixed levels and nothing learned.

Mentzer et al. 2023, "Finite Scalar Quantization: VQ-VAE Made Simple", section 3: a coefficient is
bounded by tanh (`bounded`, below) and rounded to a whole number; divided by levels // 2 it is the
value that decoding gives: from -1 to 1 for odd `levels`, one level short of 1 for even ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fewbytes.codecs import Domain, Quantizer, Signal, argument
from fewbytes.codecs.rounding import bounded, nearest_symbol
from fewbytes.types import State

__all__ = ["FSQ", "bounded"]


@dataclass(frozen=True)
class FSQ(Quantizer):
    """`levels` equal steps of tanh, meant for codes of a network that was trained through it.

    Such a network has learned to live between -1 and 1. Coefficients of any other transform do not
    come back: whatever lies far from 0 goes to an outer level and is decoded to about 1 or -1.
    """

    name = "fsq"
    accepts = frozenset({Domain.REAL})

    levels: int = argument("values a coefficient may take, 2 to 256")

    def __post_init__(self) -> None:
        fits = 2 <= self.levels <= 256
        self.require(fits, f"levels must lie between 2 and 256, not {self.levels}")

    @property
    def alphabet(self) -> int:
        return self.levels

    def quantize(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return nearest_symbol(bounded(x, self.levels) + self._zero, self.alphabet)

    def dequantize(self, symbols: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return (symbols.float() - self._zero) / self._zero

    @property
    def _zero(self) -> int:
        """The symbol of 0, which is also how many levels make up 1."""
        return self.levels // 2
