"""context: a lock-step context coder; each symbol is predicted from its neighbours by a network.

A small network, fitted on the training images and counted, sees the nearest earlier symbols of the
same code, the place, and the class, and gives the probability of every binary decision. It computes
in whole numbers (`fewbytes.entropy.network`), and walks all records of a block together
(`fewbytes.entropy.lockstep`), which is what makes it fast enough for Python.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fewbytes.codecs import Symbols, option
from fewbytes.codecs.labelled import ORDERS
from fewbytes.codecs.sample import merge, sample
from fewbytes.entropy import LockstepCoder
from fewbytes.entropy.causal import Causal
from fewbytes.entropy.decisions import Decisions
from fewbytes.entropy.learning import Effort, learn
from fewbytes.entropy.network import Network, Weights
from fewbytes.types import State

MOST_SYMBOLS = 256

SEED = 0
"""Of the network's first weights, whatever the codec's: no code depends on them, only its bytes."""


@dataclass(frozen=True)
class Context(LockstepCoder):
    """Codes masks, pixels and quantised coefficients, of at most 256 symbols."""

    name = "context"
    learned = True

    neighbours: int = option(40, "earlier symbols that a prediction sees, 1 to 200")
    units: int = option(32, "units of each of the network's two layers, 4 to 128")
    steps: int = option(2500, "steps of gradient descent, of 8,192 symbols each")
    order: str = option("free", "free sorts the records, keep does not", choices=ORDERS)

    def __post_init__(self) -> None:
        self.require(self.order in ORDERS, f"order is {' or '.join(ORDERS)}, not {self.order!r}")
        for name, low, high in (("neighbours", 1, 200), ("units", 4, 128), ("steps", 1, 1 << 20)):
            value = getattr(self, name)
            self.require(low <= value <= high, f"{name} must lie in {low} to {high}, not {value}")

    def check(self, symbols: Symbols) -> None:
        super().check(symbols)
        self.require(
            (symbols.alphabet or 0) <= MOST_SYMBOLS,
            f"codes at most {MOST_SYMBOLS} symbols; quantize more coarsely, or use range",
        )

    def statistic(self, x: torch.Tensor, signal: Symbols, seed: int) -> State:
        return sample(x, SEED)

    def labelled_statistic(
        self, x: torch.Tensor, labels: torch.Tensor | None, signal: Symbols, seed: int
    ) -> State:
        return sample(x, SEED, labels)

    def combine(self, a: State, b: State) -> State:
        return merge(a, b)

    def finish(self, total: State, signal: Symbols, seed: int) -> State:
        effort = Effort(self.units, self.steps)
        causal = Causal(signal.shape, self.neighbours)
        return learn(total, causal, signal.alphabet or 0, effort, SEED).state()

    def predictor(self, symbols: Symbols, state: State) -> Network:
        causal = Causal(symbols.shape, self.neighbours)
        return Network(Weights.of(state), causal, symbols.alphabet or 0)

    def decisions(self, symbols: Symbols, state: State) -> Decisions:
        return Decisions(symbols.alphabet or 0, int(Weights.of(state).usual))
