"""A source of whose training records only some are kept."""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
from numpy.typing import NDArray

from fewbytes.data.source import Piece, Skipped, Source, gathered
from fewbytes.types import Labels


class Selected(Source):
    """The training records of another source that are numbered `kept` there, (k,), ascending, and
    here 0 to k - 1; all other splits as they are.
    """

    def __init__(self, whole: Source, kept: NDArray[np.int64]) -> None:
        self.whole = whole
        self.kept = kept
        self.name = whole.name
        self.image_shape = whole.image_shape
        self.sizes = {**whole.sizes, "train": len(kept)}
        self.class_names = whole.class_names
        self.remarks = whole.remarks
        self.costly = whole.costly

    def read(self, split: str, start: int, stop: int) -> Piece:
        return self.pick(split, self.numbers(split, start, stop))

    def pick(self, split: str, ids: NDArray[np.int64]) -> Piece:
        if split != "train":
            return self.whole.pick(split, ids)
        found = gathered(self.whole, "train", self.kept[ids])
        places = [int(np.searchsorted(self.kept, one.id)) for one in found.skipped]
        return Piece(
            found.images,
            found.labels,
            np.searchsorted(self.kept, found.ids),
            tuple(map(_renumbered, found.skipped, places)),
        )

    def origin(self, split: str, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers in the whole source of these records."""
        return self.kept[ids] if split == "train" else ids

    def known_labels(self, split: str) -> Labels | None:
        labels = self.whole.known_labels(split)
        return labels[self.kept] if labels is not None and split == "train" else labels

    def record_name(self, split: str, number: int) -> str:
        return self.whole.record_name(split, int(self.origin(split, np.array([number]))[0]))

    def use_threads(self, count: int) -> None:
        self.whole.use_threads(count)

    def fingerprint(self) -> str:
        kept = hashlib.sha256(self.kept.astype("<i8").tobytes()).hexdigest()[:16]
        return f"{self.whole.fingerprint()}-{kept}"


def _renumbered(skipped: Skipped, id: int) -> Skipped:
    return dataclasses.replace(skipped, id=id)
