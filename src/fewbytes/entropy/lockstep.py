"""The walk over a block, position by position, and the base of the coders that code so.

A block is

    4 bytes     CRC-32 of the rest, the number of records and their labels
    1 byte      1 where the records are sorted, 0 where they stand in an order of their own
    the rest    words of the range coder

Where an order is kept, every record is a group of its own. Where it is free, records are sorted by
label, then by code, and all that agree so far are one group (`groups`), of which a decision codes
only how many go each way (`binomial`).
"""

from __future__ import annotations

import zlib
from abc import abstractmethod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import LabelCoder, Symbols
from fewbytes.entropy.bitstream import Bitstream, Reader, Writer
from fewbytes.entropy.decisions import Decisions
from fewbytes.entropy.groups import Groups, split
from fewbytes.entropy.logistic import ONE
from fewbytes.errors import CorruptError
from fewbytes.types import Labels, State

HEADER_BYTES = 5
MOST_ALPHABET = 1 << 12
"""Symbols that still make sense to model one by one."""

MOST_POSITIONS = 1 << 18
"""Symbols of one code: each takes a step of the walk, of a fifth of a millisecond at least."""

Numbers = NDArray[np.int64]
Known = NDArray[Any]
"""Symbols of a block, (positions, records): a position's lie side by side."""


class Watching(Protocol):
    """What a predictor has seen of the records of one block."""

    def look(self, position: int, rows: Numbers, labels: Numbers | None) -> Any:
        """What all decisions at a position are predicted from, for the records `rows` (m,), which
        rise, and their classes (m,); None where those are not known.
        """
        ...

    def note(self, position: int, symbols: NDArray[Any]) -> None:
        """The symbols of all records (records,) at a position, once they are coded."""
        ...


class Predictor(Protocol):
    """Gives probabilities from what is known, in whole numbers alone."""

    decisions: Decisions

    def watch(self, positions: int, records: int) -> Watching:
        """Begin with a block."""
        ...

    def probabilities(self, seen: Any, rows: Numbers, nodes: Numbers) -> Numbers:
        """Of a 1 at each node, in 1 / ONE; `rows` (k,) of what was `seen`, `nodes` (k,)."""
        ...


class LockstepCoder(LabelCoder):
    """A coder that walks positions and asks a predictor."""

    def check(self, symbols: Symbols) -> None:
        self.require(
            symbols.alphabet is not None and symbols.alphabet <= MOST_ALPHABET,
            f"needs a quantizer of at most {MOST_ALPHABET} symbols before it, such as uniform:6",
        )
        self.require(
            symbols.size <= MOST_POSITIONS,
            f"codes at most {MOST_POSITIONS:,} symbols an image, not {symbols.size:,}; "
            "downsample first, or use zstd",
        )

    @abstractmethod
    def predictor(self, symbols: Symbols, state: State) -> Predictor:
        """The predictor that the state holds. Raises CorruptError where it does not fit."""

    @abstractmethod
    def decisions(self, symbols: Symbols, state: State) -> Decisions:
        """The decisions that it predicts, without what it takes to predict them."""

    def sort(self, codes: NDArray[Any], labels: Labels, symbols: Symbols, state: State) -> Numbers:
        decisions = self.decisions(symbols, state)
        rank = decisions.ranks(np.arange(decisions.alphabet)).astype(">u2")
        rows = np.empty((len(codes), 1 + symbols.size), ">u2")
        rows[:, 0], rows[:, 1:] = labels, rank[codes.reshape(len(codes), symbols.size)]
        as_bytes = rows.view(f"V{rows.shape[1] * rows.itemsize}").ravel()  # compared from the left
        return np.argsort(as_bytes, kind="stable")

    def pack_labelled(
        self,
        codes: NDArray[Any],
        labels: Labels | None,
        symbols: Symbols,
        state: State,
        in_order: bool,
    ) -> bytes:
        writer = Writer()
        known = np.ascontiguousarray(codes.reshape(len(codes), symbols.size).T)
        walk = _Walk(self.predictor(symbols, state), writer, known, labels, in_order)
        walk.run(encoding=True)
        rest = bytes([in_order]) + writer.to_bytes()
        return _seal(rest, len(codes), labels) + rest

    def unpack_labelled(
        self, blob: bytes, n: int, labels: Labels | None, symbols: Symbols, state: State
    ) -> NDArray[Any]:
        if len(blob) < HEADER_BYTES or _seal(blob[4:], n, labels) != blob[:4] or blob[4] > 1:
            raise CorruptError(f"{self.name}: these are not the bytes of {n} codes")
        reader = Reader(blob[HEADER_BYTES:])
        known = np.zeros((symbols.size, n), symbols.dtype)
        _Walk(self.predictor(symbols, state), reader, known, labels, blob[4] == 1).run(
            encoding=False
        )
        return np.ascontiguousarray(known.T).reshape(n, *symbols.shape)


def _seal(rest: bytes, n: int, labels: Labels | None) -> bytes:
    context = [n] if labels is None else [n, *labels.tolist()]
    return zlib.crc32(rest, zlib.crc32(np.array(context, "<i8").tobytes())).to_bytes(4, "little")


class _Walk:
    """Over a block: `known` (positions, records) is coded, or filled with what was coded."""

    def __init__(
        self,
        predictor: Predictor,
        stream: Bitstream,
        known: Known,
        labels: Labels | None,
        in_order: bool,
    ) -> None:
        self._predictor, self._stream, self._known, self._labels = predictor, stream, known, labels
        records = known.shape[1]
        runs = np.zeros(records, np.int64) if labels is None else labels
        self._groups = Groups.runs(runs) if in_order else Groups.alone(records)

    def run(self, encoding: bool) -> None:
        decisions, (positions, records) = self._predictor.decisions, self._known.shape
        watching = self._predictor.watch(positions, records)
        for position in range(positions if records else 0):
            first = self._groups.first
            labels = None if self._labels is None else self._labels[first]
            seen = watching.look(position, first, labels)
            ranks = decisions.ranks(self._known[position]) if encoding else None
            found = self._decide(seen, ranks)
            if not encoding:
                symbols = decisions.symbols(self._groups.spread(found))
                if int(symbols.max()) >= decisions.alphabet:
                    raise CorruptError("a symbol lies outside the alphabet")
                self._known[position] = symbols
            watching.note(position, self._known[position])

    def _decide(self, seen: Any, ranks: Numbers | None) -> Numbers:
        """All decisions of a position: the rank of each of the groups that there are afterwards.
        `ranks` (records,) are those to encode.
        """
        depth = self._predictor.decisions.depth
        rows = np.arange(len(self._groups))
        rows, found = self._level(0, seen, ranks, rows, np.zeros(len(rows), np.int64))
        for level in range(1, depth + 1):
            # only groups whose symbol is not the usual one have anything left to decide
            if not found.any():
                break
            rows, found = self._level(level, seen, ranks, rows, found)
        return found

    def _level(
        self, level: int, seen: Any, ranks: Numbers | None, rows: Numbers, found: Numbers
    ) -> tuple[Numbers, Numbers]:
        """One decision of every group that has one.

        Args:
            rows: what of `seen` belongs to each group.
            found: rank of each group, as far as it is decided: 0, or one more than its bits.

        Returns:
            the new `rows` and `found`.
        """
        decisions = self._predictor.decisions
        active = np.flatnonzero(found) if level else np.arange(len(found))
        deciding, prefix = self._groups.take(active), np.maximum(found[active] - 1, 0)
        nodes = decisions.node(prefix, level)
        p = np.full(len(active), ONE // 2)
        if nodes is not None:
            p = self._predictor.probabilities(seen, rows[active], nodes)
        known = None if ranks is None else deciding.ones(decisions.bit(ranks, level))
        ones = self._stream.ones(deciding.size, p, known)
        after, bits, origin = split(deciding, ones)
        rank = 1 + 2 * prefix[origin] + bits if level else bits
        if len(after) == len(active):
            found = found.copy()
            found[active] = rank
            return rows, found
        return self._join(active, after, rows, found, rows[active][origin], rank)

    def _join(
        self,
        active: Numbers,
        after: Groups,
        rows: Numbers,
        found: Numbers,
        new_rows: Numbers,
        rank: Numbers,
    ) -> tuple[Numbers, Numbers]:
        """Put the groups that were split into the place of those that they came from."""
        rest = np.setdiff1d(np.arange(len(self._groups)), active, assume_unique=True)
        first = np.concatenate([self._groups.first[rest], after.first])
        size = np.concatenate([self._groups.size[rest], after.size])
        order = np.argsort(first)
        self._groups = Groups(first[order], size[order])
        return (
            np.concatenate([rows[rest], new_rows])[order],
            np.concatenate([found[rest], rank])[order],
        )
