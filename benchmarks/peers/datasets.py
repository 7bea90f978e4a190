"""Hugging Face datasets: an Arrow table on disk, mapped, and shuffled as a stream of tables.

Chosen: `to_iterable_dataset().shuffle(seed, buffer_size)` with the Arrow format, whose buffer is
permuted in one call of Arrow; a buffer of the whole table makes it a full shuffle (all of it passes
through memory every epoch), and is quicker than 64 shards and a buffer of 10,000, `shards`.
`shuffle(seed).iter(512)` of the table itself, a full shuffle too, gathers rows through an index
table: `arrow`, and, converted to arrays by the library, `numpy` and `torch`; `indices` is
`ds[indices]`. Rewriting the rows in the order of each epoch first (`flatten_indices`) took `arrow`
from 0.17 to 0.14 s, and `numpy` and `torch` from 0.5 to over 0.6 s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import torch

from .common import BATCH, Array, Batch, Epoch, Way, main

FORMATS: dict[str, dict[str, Any]] = {
    "arrow": {},
    "numpy": {"dtype": np.uint8},
    "torch": {"dtype": torch.uint8},
}
"""The options of each format: without a type, the last two make int64 of every integer."""


def write(folder: Path, codes: Array, labels: Array) -> None:
    """One table: code, a list of record_bytes uint8 (fixed length), and label, int64."""
    features = datasets.Features(
        code=datasets.List(datasets.Value("uint8"), length=codes.shape[1]),
        label=datasets.Value("int64"),
    )
    table = datasets.Dataset.from_dict({"code": codes, "label": labels}, features=features)
    table.save_to_disk(str(folder / "table"))


def opened(folder: Path, kind: str) -> Any:
    """The table, mapped, in that format."""
    return datasets.load_from_disk(str(folder / "table")).with_format(kind, **FORMATS[kind])


def arrays(batch: Any) -> Batch:
    """The arrays of a batch: they are there, or, in an Arrow table, one view away."""
    if isinstance(batch, dict):
        return batch["code"], batch["label"]
    code, label = (batch[name].combine_chunks() for name in ("code", "label"))
    return code.flatten().to_numpy().reshape(len(code), -1), label.to_numpy()


def stream(shards: int, buffer: int | None) -> Callable[[Path], Epoch]:
    """Shards in a new order, rows mixed in a buffer of that many, or of all."""

    def open_store(folder: Path) -> Epoch:
        table = opened(folder, "arrow")
        rows = table.to_iterable_dataset(num_shards=shards)

        def epoch(number: int) -> Iterator[Batch]:
            mixed = rows.shuffle(seed=number, buffer_size=buffer or len(table))
            return map(arrays, mixed.iter(BATCH))

        return epoch

    return open_store


def shuffled(kind: str) -> Callable[[Path], Epoch]:
    """The table, shuffled through an index table."""

    def open_store(folder: Path) -> Epoch:
        table = opened(folder, kind)

        def epoch(number: int) -> Iterator[Batch]:
            mixed = table.shuffle(seed=number, keep_in_memory=True)
            return map(arrays, mixed.iter(BATCH))

        return epoch

    return open_store


def open_indices(folder: Path) -> Epoch:
    """`table[indices]` for every batch of a permutation."""
    table = opened(folder, "arrow")

    def epoch(number: int) -> Iterator[Batch]:
        index = np.random.default_rng(number).permutation(len(table))
        for start in range(0, len(index), BATCH):
            yield arrays(table[index[start : start + BATCH]])

    return epoch


ITERABLE = "with_format('arrow').to_iterable_dataset"
WAYS = {
    "stream": Way(f"{ITERABLE}().shuffle(seed, len(ds)).iter(512)", write, stream(1, None)),
    "shards": Way(f"{ITERABLE}(64).shuffle(seed, 10_000).iter(512)", write, stream(64, 10_000)),
    "arrow": Way("with_format('arrow').shuffle(seed).iter(512)", write, shuffled("arrow")),
    "numpy": Way("with_format('numpy').shuffle(seed).iter(512)", write, shuffled("numpy")),
    "torch": Way("with_format('torch').shuffle(seed).iter(512)", write, shuffled("torch")),
    "indices": Way("with_format('arrow'), ds[indices]", write, open_indices),
}

if __name__ == "__main__":
    main("datasets", "datasets", WAYS, __doc__)
