"""The yardstick: codes and labels in one .npy file each, memory-mapped, batches by fancy index.

No library: a permutation of the records for every epoch, and `codes[index], labels[index]` for
every 512 of them. It copies each batch once, in a single call of NumPy for codes and for labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .common import BATCH, Array, Batch, Epoch, Way, main


def write(folder: Path, codes: Array, labels: Array) -> None:
    """codes.npy and labels.npy."""
    np.save(folder / "codes.npy", codes)
    np.save(folder / "labels.npy", labels)


def open_store(folder: Path) -> Epoch:
    """Both files, mapped."""
    codes = np.load(folder / "codes.npy", mmap_mode="r")
    labels = np.load(folder / "labels.npy", mmap_mode="r")

    def epoch(number: int) -> Iterator[Batch]:
        index = np.random.default_rng(number).permutation(len(codes))
        for start in range(0, len(index), BATCH):
            at = index[start : start + BATCH]
            yield codes[at], labels[at]

    return epoch


WAYS = {"fancy": Way("np.load(mmap_mode='r'), permutation, fancy index", write, open_store)}

if __name__ == "__main__":
    main("memmap", "numpy", WAYS, __doc__)
