"""vq: a whole record becomes the number of the nearest of k vectors.

The vectors are the centres that k-means finds (Lloyd 1982; Linde, Buzo and Gray 1980, "An Algorithm
for Vector Quantizer Design"), so that no record's number takes more than log2(k) bits.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fewbytes.codecs import Quantizer, Signal, argument
from fewbytes.codecs.clusters import check_learner, learn, nearest
from fewbytes.codecs.rounding import as_symbols, table_of
from fewbytes.codecs.sample import merge, sample
from fewbytes.types import Shape, State


@dataclass(frozen=True)
class VQ(Quantizer):
    """One symbol for a whole record: the nearest of `vectors`. Shape (...) -> (1,).

    The codebook, (vectors, values), is the state: uint8, float16 or float32, the shortest that does
    no harm. Learning needs the extra `cluster`, coding and decoding do not.
    """

    name = "vq"
    learned = True
    seeded = True
    spatial = False

    vectors: int = argument("vectors in the codebook, 2 to 65,536")

    def __post_init__(self) -> None:
        fits = 2 <= self.vectors <= 1 << 16
        self.require(fits, f"vectors must lie between 2 and 65,536, not {self.vectors}")

    @property
    def alphabet(self) -> int:
        return self.vectors

    def symbol_shape(self, shape: Shape) -> Shape:
        return (1,)

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        check_learner(self.name)  # before a whole pass
        return sample(x.flatten(1), seed)

    def combine(self, a: State, b: State) -> State:
        return merge(a, b)

    def finish(self, total: State, signal: Signal, seed: int) -> State:
        book = learn(total["records"], total["counts"], self.vectors, seed, self.name)
        return {"vectors": book}

    def quantize(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        indices = nearest(x.flatten(1), self._book(signal, state))
        return as_symbols(indices[:, None], self.alphabet)

    def dequantize(self, symbols: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        chosen = self._book(signal, state)[symbols[:, 0].long()]
        return chosen.float().view(-1, *signal.shape)

    def _book(self, signal: Signal, state: State) -> torch.Tensor:
        """The codebook (vectors, values). Raises CorruptError."""
        return table_of(state, "vectors", (self.vectors, signal.size), self.name)
