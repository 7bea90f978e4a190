"""Symbols as rows of binary decisions: is it the usual symbol? If not, which one, bit by bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MODELLED_BITS = 8
"""Bits below the highest eight are as good as noise, and coded as such."""


@dataclass(frozen=True)
class Decisions:
    """The tree of decisions over `alphabet` symbols, of which `usual` is asked for first.

    A symbol's rank is 0 if it is the usual one, else one more than its place among the others.
    Node 0 decides between rank 0 and the rest; node 2^k + p decides the bit after the k bits p.
    Ranks in ascending order pass the decisions in ascending order, 0 before 1.
    """

    alphabet: int
    usual: int

    @property
    def depth(self) -> int:
        """Bits that tell the other symbols apart."""
        return max(0, self.alphabet - 2).bit_length()

    @property
    def nodes(self) -> int:
        """Decisions that have a probability of their own."""
        return 1 << min(self.depth, MODELLED_BITS)

    def ranks(self, symbols: NDArray[Any]) -> NDArray[np.int64]:
        """Ranks of symbols, of any shape."""
        others = symbols.astype(np.int64)
        return np.where(others == self.usual, 0, others + (others < self.usual))

    def symbols(self, ranks: NDArray[np.int64]) -> NDArray[np.int64]:
        """The inverse of `ranks`; alphabet or more for ranks that no symbol has."""
        return np.where(ranks == 0, self.usual, ranks - (ranks <= self.usual))

    def bit(self, ranks: NDArray[np.int64], level: int) -> NDArray[np.bool_]:
        """The decision of each rank at a level: 0, and 1 to `depth` where rank is above 0."""
        if level == 0:
            return ranks > 0
        return (ranks - 1 >> self.depth - level) & 1 > 0

    def node(self, prefixes: NDArray[np.int64], level: int) -> NDArray[np.int64] | None:
        """The nodes that decide at a level, after the bits before it; None where what is decided
        is noise.
        """
        if level == 0:
            return np.zeros_like(prefixes)
        return prefixes + (1 << level - 1) if level <= MODELLED_BITS else None

    def counts(self, histogram: NDArray[Any]) -> NDArray[np.int64]:
        """How often each node went each way, (..., nodes, 2), from symbols' counts (...,
        alphabet).
        """
        shape = histogram.shape[:-1]
        order = self.symbols(np.arange(self.alphabet))
        by_rank = histogram[..., order].astype(np.int64)
        leaves = np.zeros((*shape, 1 << self.depth), np.int64)
        leaves[..., : self.alphabet - 1] = by_rank[..., 1:]
        result = np.zeros((*shape, self.nodes, 2), np.int64)
        result[..., 0, 0], result[..., 0, 1] = by_rank[..., 0], leaves.sum(-1)
        for level in range(1, min(self.depth, MODELLED_BITS) + 1):
            pairs = leaves.reshape(*shape, 1 << level - 1, 2, -1).sum(-1)
            result[..., 1 << level - 1 : 1 << level, :] = pairs
        return result
