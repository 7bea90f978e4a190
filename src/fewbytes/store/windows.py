"""Epochs of a split that is larger than memory: blocks in a drawn order, shuffled in a window.

All blocks, in the order of the epoch, are one sequence of records, of which every rank takes a
part of the same length, cut inside blocks where need be: each block is read by one rank, or by
two. A rank's part is cut into windows of many blocks; the records of a window are shuffled. While
one window is used up, a thread reads, checks and shuffles the next, so that two are in memory, and
for a moment the next one's blocks beside it: a few windows of 32 MiB, whatever the set's size.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.store.order import permutation
from fewbytes.types import Labels

if TYPE_CHECKING:
    from fewbytes.store.split import StoredSplit

WINDOW_RECORDS = 1 << 14
WINDOW_BYTES, MOST_WINDOW_BYTES = 32 << 20, 256 << 20
"""A window has so many records and so many bytes, at least, where it can have them without
becoming larger than the last."""

READERS = 4
"""Blocks of a window that are read at the same time."""

Loaded = tuple[NDArray[np.uint8], Labels]
Piece = tuple[int, int, int]
"""A block and the records of it, from and to, counted among those of the subset."""


class Windows:
    """The windows of one rank's part of one epoch."""

    def __init__(
        self,
        split: StoredSplit,
        shuffle: bool,
        seed: int,
        epoch: int,
        subset: NDArray[np.int64] | None = None,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self._split, self._subset = split, subset
        self._shuffle, self._key, self._rank = shuffle, (seed, epoch), rank
        starts = split.block_starts
        ends = starts if subset is None else np.searchsorted(subset, starts)
        counts = np.diff(ends)
        order = permutation(len(counts), *self._key) if shuffle else np.arange(len(counts))
        each = int(counts.sum()) // world_size
        self.windows = self._cut(_part(order, counts, rank * each, (rank + 1) * each))

    def batches(self, size: int, start: int, stop: int) -> Iterator[Loaded]:
        """Batches of `size` from the records that stand at `start` to `stop` of this rank's part;
        the last may be shorter. Windows before `start` are not read.
        """
        place, first = 0, 0
        while first < len(self.windows) and place + _length(self.windows[first]) <= start:
            place += _length(self.windows[first])
            first += 1
        left, skip = stop - start, start - place
        kept: Loaded | None = None
        for rows, labels in self._loaded(first):
            rows, labels = rows[skip:], labels[skip:]
            skip = 0
            if kept is not None:
                rows, labels = np.concatenate([kept[0], rows]), np.concatenate([kept[1], labels])
            whole = min(len(rows), left) // size * size
            for i in range(0, whole, size):
                yield rows[i : i + size], labels[i : i + size]
            left -= whole
            kept = rows[whole:].copy(), labels[whole:].copy()  # a view would hold the window
            if left <= len(kept[0]):
                break
        if left and kept is not None:
            yield kept[0][:left], kept[1][:left]

    def _cut(self, pieces: list[Piece]) -> list[list[Piece]]:
        width = self._split.store.layout.row_bytes
        windows: list[list[Piece]] = []
        records = 0
        for piece in pieces:
            length = records * width
            full = records >= WINDOW_RECORDS and length >= WINDOW_BYTES
            if not windows or full or length >= MOST_WINDOW_BYTES:
                windows.append([])
                records = 0
            windows[-1].append(piece)
            records += piece[2] - piece[1]
        return windows

    def _loaded(self, first: int) -> Iterator[Loaded]:
        """The windows from `first` on, the next always under way."""
        numbers = range(first, len(self.windows))
        with ThreadPoolExecutor(READERS) as readers, ThreadPoolExecutor(1) as ahead:
            upcoming = ahead.submit(self._load, first, readers) if numbers else None
            for number in numbers:
                assert upcoming is not None
                window = upcoming.result()
                upcoming = None
                if number + 1 in numbers:
                    upcoming = ahead.submit(self._load, number + 1, readers)
                yield window
                del window

    def _load(self, number: int, readers: ThreadPoolExecutor) -> Loaded:
        blocks = list(readers.map(self._piece, self.windows[number]))
        rows, labels = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        del blocks
        if not self._shuffle:
            return rows, labels
        stream = (self._rank << 32) + number + 1
        order = permutation(len(rows), *self._key, stream)
        return rows.take(order, 0), labels.take(order)

    def _piece(self, piece: Piece) -> Loaded:
        block, start, stop = piece
        rows, labels = self._split.block(block)
        if self._subset is None:
            return rows[start:stop], labels[start:stop]
        begin, end = self._split.block_starts[block : block + 2]
        inside = self._subset[slice(*np.searchsorted(self._subset, [begin, end]))] - begin
        chosen = inside[start:stop]
        return rows[chosen], labels[chosen]


def _part(order: NDArray[Any], counts: NDArray[Any], start: int, stop: int) -> list[Piece]:
    """The pieces of blocks that lie from `start` to `stop` of the sequence of all records."""
    ends = np.cumsum(counts[order])
    begins = ends - counts[order]
    low = np.maximum(start - begins, 0)
    high = np.minimum(stop - begins, counts[order])
    inside = np.flatnonzero(low < high)
    return [(int(order[i]), int(low[i]), int(high[i])) for i in inside]


def _length(window: list[Piece]) -> int:
    return sum(stop - start for _, start, stop in window)
