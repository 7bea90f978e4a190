"""The range coder: decisions and counts with their probabilities to bytes, and back.

constriction's range coder (Bamler 2022, "Understanding Entropy Coding With Asymmetric Numeral
Systems"; queue semantics, 32-bit words) does the arithmetic. Its probabilities come from whole
numbers that floats hold exactly, so that no machine rounds differently.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from constriction import stream
from numpy.typing import NDArray

from fewbytes.entropy.binomial import LEAST, tables
from fewbytes.entropy.logistic import ONE
from fewbytes.errors import CorruptError

Numbers = NDArray[np.int64]

_BERNOULLI = stream.model.Bernoulli(perfect=False)
_CATEGORICAL = stream.model.Categorical(perfect=False)
_UNIFORM = stream.model.Uniform()


class Bitstream(ABC):
    """One interface for both ways, so that the walk over a block is written once: what is known
    when encoding is handed in, and what was handed in comes back when decoding.
    """

    def ones(self, n: Numbers, p: Numbers, known: Numbers | None) -> Numbers:
        """How many records of each group go the way that has probability p / ONE.

        Args:
            n: sizes of the groups (g,), at least 1.
            p: (g,), from 1 to ONE - 1.
            known: the numbers to encode (g,); None when decoding.
        """
        result = np.zeros(len(n), np.int64) if known is None else known
        alone = n == 1
        if alone.all():
            return self._decisions(p, known)
        result = result.copy()
        result[alone] = self._decisions(p[alone], None if known is None else known[alone])
        groups = np.flatnonzero(~alone)
        for rows, first, weights in tables(n[groups], p[groups]):
            rows = groups[rows]
            given = None if known is None else known[rows]
            result[rows] = self._counts(n[rows], first, weights, given)
        return result

    def _counts(
        self, n: Numbers, first: Numbers, weights: Numbers, known: Numbers | None
    ) -> Numbers:
        """Counts by their table; what lies outside it after an escape, spelled out."""
        # an escape stands in the last column
        padded = np.full((len(weights), weights.shape[1] + 1), LEAST, np.float64)
        padded[:, :-1] = weights  # row after row: constriction does not look at strides
        escape = weights.shape[1]
        columns: Numbers | None = None
        if known is not None:
            columns = known - first
            columns = np.where((columns < 0) | (columns >= escape), escape, columns)
        columns = self._columns(padded, columns)
        result = first + columns
        outside = columns == escape
        if outside.any():
            spelled = None if known is None else known[outside]
            result[outside] = self._spelled(n[outside] + 1, spelled)
        if (result < 0).any() or (result > n).any():
            raise CorruptError("a group of records has more ones than records")
        return result

    @abstractmethod
    def _decisions(self, p: Numbers, known: Numbers | None) -> Numbers:
        """Single decisions, 0 or 1, with probability p / ONE of a 1."""

    @abstractmethod
    def _columns(self, weights: NDArray[np.float64], known: Numbers | None) -> Numbers:
        """Columns (m,) of weights (m, columns)."""

    @abstractmethod
    def _spelled(self, sizes: Numbers, known: Numbers | None) -> Numbers:
        """Numbers below `sizes`, all alike."""


class Writer(Bitstream):
    """Encodes."""

    def __init__(self) -> None:
        self._coder = stream.queue.RangeEncoder()

    def to_bytes(self) -> bytes:
        """All that was encoded."""
        result: bytes = self._coder.get_compressed().astype("<u4").tobytes()
        return result

    def _decisions(self, p: Numbers, known: Numbers | None) -> Numbers:
        return self._encode(_BERNOULLI, p / ONE, known)

    def _columns(self, weights: NDArray[np.float64], known: Numbers | None) -> Numbers:
        return self._encode(_CATEGORICAL, weights, known)

    def _spelled(self, sizes: Numbers, known: Numbers | None) -> Numbers:
        return self._encode(_UNIFORM, sizes.astype(np.int32), known)

    def _encode(self, model: Any, parameters: NDArray[Any], known: Numbers | None) -> Numbers:
        assert known is not None
        if len(known):
            self._coder.encode(known.astype(np.int32), model, parameters)
        return known


class Reader(Bitstream):
    """Decodes.

    Raises:
        CorruptError: the bytes are not whole words, or no model gives them.
    """

    def __init__(self, blob: bytes) -> None:
        if len(blob) % 4:
            raise CorruptError(f"{len(blob)} bytes are no whole number of 32-bit words")
        self._coder = stream.queue.RangeDecoder(np.frombuffer(blob, "<u4").astype(np.uint32))

    def _decisions(self, p: Numbers, known: Numbers | None) -> Numbers:
        return self._decode(_BERNOULLI, p / ONE)

    def _columns(self, weights: NDArray[np.float64], known: Numbers | None) -> Numbers:
        return self._decode(_CATEGORICAL, weights)

    def _spelled(self, sizes: Numbers, known: Numbers | None) -> Numbers:
        return self._decode(_UNIFORM, sizes.astype(np.int32))

    def _decode(self, model: Any, parameters: NDArray[Any]) -> Numbers:
        if not len(parameters):
            return np.zeros(0, np.int64)
        try:
            result: Numbers = self._coder.decode(model, parameters).astype(np.int64)
            return result
        except (AssertionError, ValueError, KeyError) as error:
            raise CorruptError(f"the range coder cannot read on: {error}") from error
