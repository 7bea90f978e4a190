"""What a source of images is: the one interface behind every kind of them.

A source is read a piece at a time, so that a set of any size passes through constant memory. It
numbers the records of a split 0, 1, 2, ... in an order of its own that is the same on every
machine, and gives any run of them. Records that cannot be read are left out of what is given and
named, with the reason; their numbers stay empty.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import SourceError
from fewbytes.types import Images, Labels, Shape

PIECE_BYTES = 32 << 20
"""Pixels that are read or decoded at a time."""


def records_at_once(image_shape: Shape) -> int:
    """How many images of a shape make a piece of PIECE_BYTES; one where it is larger."""
    return max(1, PIECE_BYTES // prod(image_shape))


@dataclass(frozen=True)
class Skipped:
    """A record that was left out: its number in the split, its name (a path, a row), the reason."""

    split: str
    id: int
    name: str
    reason: str


@dataclass(frozen=True)
class Piece:
    """A run of records: images (k, h, w, c), labels (k,), ids (k,), and what was left out."""

    images: Images
    labels: Labels
    ids: NDArray[np.int64]
    skipped: tuple[Skipped, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)


class Source(ABC):
    """A labelled image set with named splits, `train` always among them.

    Sources can be pickled, so that worker processes read them too.
    """

    name: str
    image_shape: Shape
    """(height, width, channels) of every image that `read` gives."""
    sizes: Mapping[str, int]
    """Records of each split, unreadable ones included."""
    class_names: tuple[str, ...] = ()
    """By class number; empty where classes have numbers only."""
    remarks: tuple[str, ...] = ()
    """What was noticed while listing: empty class folders, links that lead outside, a common size
    that images were brought to. A line each."""
    costly: bool = False
    """Whether images must be decoded, so that worker processes pay."""

    @abstractmethod
    def read(self, split: str, start: int, stop: int) -> Piece:
        """The records numbered `start` to `stop` (exclusive) of a split, in order.

        Raises:
            SourceError: the source as a whole cannot be read any more.
        """

    def pick(self, split: str, ids: NDArray[np.int64]) -> Piece:
        """The records of a split at these numbers, which rise. Sources that can read one record
        without its neighbours do so.

        Raises:
            SourceError: the source as a whole cannot be read any more.
        """
        if not len(ids):
            return self.read(split, 0, 0)
        return chosen(self.read(split, int(ids[0]), int(ids[-1]) + 1), ids)

    def known_labels(self, split: str) -> Labels | None:
        """Class numbers of a split, (n,), where they are at hand; None where it must be read."""
        return None

    def record_name(self, split: str, number: int) -> str:
        """What a person would call a record: a path, or its number."""
        return str(number)

    def use_threads(self, count: int) -> None:  # noqa: B027 - most sources decode nothing
        """How many threads may decode; nothing where none does."""

    @abstractmethod
    def fingerprint(self) -> str:
        """A short text that changes when the source's contents do. Need not read every byte where
        names, sizes and times of files tell.
        """

    def numbers(self, split: str, start: int, stop: int) -> NDArray[np.int64]:
        """The numbers of a run of records, shape (k,), cut off where the split ends.

        Raises:
            SourceError: there is no such split.
        """
        if split not in self.sizes:
            raise SourceError(f"{self.name}: no split {split!r}; it has {', '.join(self.sizes)}")
        return np.arange(max(start, 0), min(stop, self.sizes[split]), dtype=np.int64)


class Kind(Protocol):
    """A kind of source, registered under the entry point group `fewbytes.sources`."""

    def recognises(self, path: Path) -> bool:
        """Whether `path`, which exists, is of this kind. Quick, and never raises."""
        ...

    def open(self, path: Path, name: str, size: tuple[int, int] | None) -> Source:
        """The source at `path`. `size` is (rows, columns) that images are brought to; None keeps
        them, or where they differ brings them to a common size. Raises SourceError.
        """
        ...


def pieces(source: Source, split: str, start: int, stop: int) -> Iterator[Piece]:
    """The records from `start` to `stop`, a bounded number of bytes at a time."""
    rows = records_at_once(source.image_shape)
    for first in range(start, stop, rows):
        yield source.read(split, first, min(first + rows, stop))


def gathered(source: Source, split: str, ids: NDArray[np.int64]) -> Piece:
    """The records of a split at these rising numbers, however far apart they lie.

    Most sources read what lies between two records too, so that no run of them is picked that
    spans more than is read at a time.

    Raises:
        SourceError: the source as a whole cannot be read any more.
    """
    spans = ids // records_at_once(source.image_shape)
    runs = np.split(ids, np.flatnonzero(np.diff(spans)) + 1)
    parts = [source.pick(split, run) for run in runs]
    return Piece(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.ids for part in parts]),
        tuple(one for part in parts for one in part.skipped),
    )


def as_piece(images: NDArray[Any], labels: NDArray[Any], start: int) -> Piece:
    """A piece of arrays with nothing left out, numbered from `start`."""
    ids = np.arange(start, start + len(labels), dtype=np.int64)
    return Piece(images, labels.astype(np.int64, copy=False), ids)


def chosen(piece: Piece, ids: NDArray[np.int64]) -> Piece:
    """The records of a piece that have these numbers."""
    kept = np.isin(piece.ids, ids)
    wanted = set(ids.tolist()) if piece.skipped else set()
    skipped = tuple(one for one in piece.skipped if one.id in wanted)
    return Piece(piece.images[kept], piece.labels[kept], piece.ids[kept], skipped)
