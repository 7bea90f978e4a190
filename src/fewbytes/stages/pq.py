"""pq: product quantization, one codebook for each part of a record.

Jegou, Douze and Schmid 2011, "Product Quantization for Nearest Neighbor Search", section II.B: the
values are cut into m parts, each of which becomes the number of the nearest of k vectors. Together
the parts tell k^m records apart, with codebooks of only k vectors.
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
class PQ(Quantizer):
    """One symbol for each of `parts`, runs of neighbouring values: (...) -> (parts,).

    Where the values do not divide evenly, the first parts are one value longer. The codebooks, side
    by side as (vectors, values), are the state: uint8, float16 or float32, the shortest that does
    no harm. Learning needs the extra `cluster`, coding and decoding do not.
    """

    name = "pq"
    learned = True
    seeded = True
    spatial = False

    parts: int = argument("parts of a record, each with a codebook")
    vectors: int = argument("vectors in each codebook, 2 to 65,536", default=256)

    def __post_init__(self) -> None:
        self.require(self.parts >= 1, f"parts must be at least 1, not {self.parts}")
        fits = 2 <= self.vectors <= 1 << 16
        self.require(fits, f"vectors must lie between 2 and 65,536, not {self.vectors}")

    @property
    def alphabet(self) -> int:
        return self.vectors

    def symbol_shape(self, shape: Shape) -> Shape:
        size = Signal(shape).size
        self.require(self.parts <= size, f"{self.parts} parts of only {size} values are asked")
        return (self.parts,)

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        check_learner(self.name)
        return sample(x.flatten(1), seed)

    def combine(self, a: State, b: State) -> State:
        return merge(a, b)

    def finish(self, total: State, signal: Signal, seed: int) -> State:
        books = [
            learn(part, total["counts"], self.vectors, seed, self.name)
            for part in self._cut(total["records"])
        ]
        widest = max((book.dtype for book in books), key=lambda kind: kind.itemsize)
        return {"vectors": torch.cat([book.to(widest) for book in books], 1)}

    def quantize(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        books = self._books(signal, state)
        indices = [nearest(*pair) for pair in zip(self._cut(x.flatten(1)), books, strict=True)]
        return as_symbols(torch.stack(indices, 1), self.alphabet)

    def dequantize(self, symbols: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        pairs = zip(self._books(signal, state), symbols.long().unbind(1), strict=True)
        chosen = [book[column] for book, column in pairs]
        return torch.cat(chosen, 1).float().view(-1, *signal.shape)

    def _cut(self, flat: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(n, values) as the parts (n, values of each)."""
        return flat.tensor_split(self.parts, 1)

    def _books(self, signal: Signal, state: State) -> tuple[torch.Tensor, ...]:
        """The codebook (vectors, values) of each part. Raises CorruptError."""
        return self._cut(table_of(state, "vectors", (self.vectors, signal.size), self.name))
