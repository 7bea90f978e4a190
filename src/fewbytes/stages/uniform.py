"""uniform: equal steps between the smallest and the largest value seen in training."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fewbytes.codecs import Quantizer, Signal, argument
from fewbytes.codecs.rounding import nearest_symbol
from fewbytes.types import State


@dataclass(frozen=True)
class Uniform(Quantizer):
    """2^bits levels for each coefficient, the outer two at its smallest and largest value in the
    training images. Those two numbers for each coefficient are the state.
    """

    name = "uniform"
    learned = True

    bits: int = argument("bits a value, 1 to 16")

    def __post_init__(self) -> None:
        self.require(1 <= self.bits <= 16, f"bits must lie between 1 and 16, not {self.bits}")

    @property
    def alphabet(self) -> int:
        return 1 << self.bits

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        values = x.float()
        return {"low": values.amin(0), "high": values.amax(0)}

    def combine(self, a: State, b: State) -> State:
        return {
            "low": torch.minimum(a["low"], b["low"]),
            "high": torch.maximum(a["high"], b["high"]),
        }

    def quantize(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return nearest_symbol((x - state["low"]).div_(self._step(state)), self.alphabet)

    def dequantize(self, symbols: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return symbols.float() * self._step(state) + state["low"]

    def _step(self, state: State) -> torch.Tensor:
        step = (state["high"] - state["low"]) / (self.alphabet - 1)
        return torch.where(step > 0, step, torch.ones_like(step))  # a constant has any step
