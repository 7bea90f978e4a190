"""MosaicML streaming: MDS shards, read by indexing a StreamingDataset with a batch of indices.

Chosen: `dataset[indices]` for every 512 of a permutation, code as bytes, joined per batch.
Iterating over StreamingDataset(shuffle=True) in a DataLoader, `loader`, is what the documentation
starts with; its two threads, which look ahead for shards to download, take turns with the reading
one, and it needs 8 s here, or 2 s with the two workers of `workers`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from torch.utils.data import DataLoader

from .common import BATCH, Array, Batch, Epoch, Way, main

# Streaming imports torchvision, which is of no use here, and whose wheel, built for CUDA, ends the
# import under a CPU build of torch: only in this module, which registers kernels for fake tensors.
sys.modules["torchvision._meta_registrations"] = ModuleType("torchvision._meta_registrations")
from streaming import MDSWriter, StreamingDataset  # noqa: E402


def write(folder: Path, codes: Array, labels: Array) -> None:
    """code as bytes, label as uint8."""
    with MDSWriter(out=str(folder / "shards"), columns={"code": "bytes", "label": "uint8"}) as out:
        for code, label in zip(codes, labels.astype(np.uint8), strict=True):
            out.write({"code": code.tobytes(), "label": label})


def join(samples: Sequence[dict[str, Any]]) -> Batch:
    """Codes (b, record_bytes) and labels (b,) of b records."""
    codes = np.frombuffer(b"".join([sample["code"] for sample in samples]), np.uint8)
    return codes.reshape(len(samples), -1), np.array([sample["label"] for sample in samples])


def opened(folder: Path) -> Any:
    """The store, to be indexed or to be iterated over."""
    return StreamingDataset(local=str(folder / "shards"), shuffle=True, batch_size=BATCH)


def open_indices(folder: Path) -> Epoch:
    """`store[indices]` for every batch of a permutation."""
    store = opened(folder)

    def epoch(number: int) -> Iterator[Batch]:
        index = np.random.default_rng(number).permutation(len(store))
        for start in range(0, len(index), BATCH):
            yield join(store[index[start : start + BATCH]])

    return epoch


def loader(workers: int) -> Callable[[Path], Epoch]:
    """A DataLoader over the store, shuffled anew every time that it is iterated over."""

    def open_store(folder: Path) -> Epoch:
        batches = DataLoader(
            opened(folder),
            batch_size=BATCH,
            collate_fn=join,
            num_workers=workers,
            persistent_workers=workers > 0,
        )
        return lambda number: batches

    return open_store


WAYS = {
    "indices": Way("StreamingDataset[indices] of a permutation", write, open_indices),
    "loader": Way("DataLoader(StreamingDataset(shuffle=True))", write, loader(0)),
    "workers": Way("DataLoader(StreamingDataset(shuffle=True), num_workers=2)", write, loader(2)),
}

if __name__ == "__main__":
    main("mosaicml-streaming", "mosaicml-streaming", WAYS, __doc__)
