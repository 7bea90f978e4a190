"""Coders that use the labels of records, and may put records into an order of their own.

The order of records is worth log2(n!) bits, and what a label says of a code need not be said twice:
a coder that knows the labels collects both. It never changes a code, only how many bytes it takes.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs.stage import Coder, Symbols
from fewbytes.types import Labels, State

ORDERS = ("free", "keep")


class LabelCoder(Coder):
    """A coder of a block of labelled records. `order` is `free` or `keep`."""

    order: str

    @abstractmethod
    def sort(
        self, codes: NDArray[Any], labels: Labels, symbols: Symbols, state: State
    ) -> NDArray[np.int64]:
        """The permutation (n,) that brings records into the order which is coded shortest."""

    @abstractmethod
    def pack_labelled(
        self,
        codes: NDArray[Any],
        labels: Labels | None,
        symbols: Symbols,
        state: State,
        in_order: bool,
    ) -> bytes:
        """Codes (n, *shape) to bytes, given labels (n,) that the reader will know; `in_order` says
        that they stand as `sort` puts them.
        """

    @abstractmethod
    def unpack_labelled(
        self, blob: bytes, n: int, labels: Labels | None, symbols: Symbols, state: State
    ) -> NDArray[Any]:
        """The inverse of `pack_labelled`. Raises CorruptError."""

    def pack(self, codes: NDArray[Any], symbols: Symbols, state: State) -> bytes:
        return self.pack_labelled(codes, None, symbols, state, in_order=False)

    def unpack(self, blob: bytes, n: int, symbols: Symbols, state: State) -> NDArray[Any]:
        return self.unpack_labelled(blob, n, None, symbols, state)
