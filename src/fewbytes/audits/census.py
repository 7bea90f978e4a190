"""A hash of every record of a store, and of the image that it was made of.

Attacks draw some thousands of records. What is there twice, or both in train and in test, must be
found among all of them: each is hashed as it streams by, eight bytes a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.data.source import Source, pieces
from fewbytes.errors import InputError
from fewbytes.store import Store, trace
from fewbytes.store.tasks import hashes

Hashes = NDArray[np.uint64]
"""(n,): of a million records, two that differ share one with odds of one in thirty million."""


@dataclass(frozen=True)
class Census:
    """By split, in the order of the store: hashes of the `codes` and of their `images`. `split` is
    the one that is audited.
    """

    split: str
    codes: Mapping[str, Hashes]
    images: Mapping[str, Hashes]

    def __len__(self) -> int:
        return sum(map(len, self.codes.values()))

    @property
    def others(self) -> list[str]:
        """The splits that are not audited."""
        return [name for name in self.codes if name != self.split]


def census(store: Store, source: Source, split: str) -> Census:
    """Read all of a store and of its source, once.

    Raises:
        InputError: the source lacks images that the store has, or which they were is not kept.
        CorruptError: the store is damaged.
    """
    numbers = {name: trace(store, source, name) for name in store.splits}
    images = {name: _of_images(source, name, numbers[name]) for name in store.splits}
    codes = {}
    for name, records in store.splits.items():
        spans = pairwise(records.block_starts.tolist())
        codes[name] = np.concatenate([hashed(records.codes(*span)) for span in spans])
    return Census(split, codes, images)


def hashed(records: NDArray[Any]) -> Hashes:
    """A hash of each record's bytes: records (n, ...) to (n,)."""
    same = records + records.dtype.type(0) if records.dtype.kind == "f" else records  # -0.0 is 0.0
    return np.frombuffer(hashes(same), np.uint64)


def _of_images(source: Source, split: str, numbers: NDArray[np.int64]) -> Hashes:
    """Of the images of a split with these numbers, (n,), in their order."""
    found = np.zeros(source.sizes[split], np.uint64)
    there = np.zeros(source.sizes[split], np.bool_)
    for piece in pieces(source, split, 0, source.sizes[split]):
        found[piece.ids], there[piece.ids] = hashed(piece.images), True
    if not (numbers < len(found)).all() or not there[numbers].all():
        raise InputError(f"{source.name} lacks images of {split} that the store was made of")
    return found[numbers]
