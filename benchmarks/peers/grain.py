"""Grain: an ArrayRecord file, a shuffled and batched MapDataset over it.

Chosen: shuffle and batch the record numbers (`MapDataset.range`), and map each batch of them to
one batched read of the ArrayRecord (`ArrayRecordDataSource.__getitems__`), in the calling thread
(`ReadOptions(0, 0)`; two threads were no quicker). The tutorials' `MapDataset.source(...).shuffle()
.batch()` reads record by record: `source`, over 4 s with its best number of threads, 7 s with the
default 16. `memory` is the documented in-memory source, here a mapped .npy, read without threads
as `ReadOptions` recommends: about as quick, but not a format of Grain's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import grain
import numpy as np
from array_record.python.array_record_module import ArrayRecordWriter

from .common import BATCH, Array, Batch, Epoch, Way, main


def write(folder: Path, codes: Array, labels: Array) -> None:
    """One file, as recommended for random access; a record is its code and then its label."""
    writer = ArrayRecordWriter(str(folder / "rows.array_record"), "group_size:1")
    for row in np.column_stack([codes, labels.astype(np.uint8)]):
        writer.write(row.tobytes())
    writer.close()


def write_rows(folder: Path, codes: Array, labels: Array) -> None:
    """One .npy file, a row of it a record: its code and then its label."""
    np.save(folder / "rows.npy", np.column_stack([codes, labels.astype(np.uint8)]))


def join(values: Sequence[bytes]) -> Batch:
    """Codes (b, record_bytes) and labels (b,) of b records."""
    rows = np.frombuffer(b"".join(values), np.uint8).reshape(len(values), -1)
    return rows[:, :-1], rows[:, -1]


def stack(values: Sequence[Array]) -> Batch:
    """Codes (b, record_bytes) and labels (b,) of b rows."""
    rows = np.stack(values)
    return rows[:, :-1], rows[:, -1]


def open_batched(folder: Path) -> Epoch:
    """Batches of record numbers, each read in one call."""
    source = grain.sources.ArrayRecordDataSource([str(folder / "rows.array_record")])

    def read(at: Array) -> Batch:
        return join(source.__getitems__(at.tolist()))

    def epoch(number: int) -> Iterable[Batch]:
        order = grain.MapDataset.range(len(source)).shuffle(seed=number).batch(BATCH)
        batches: Iterable[Batch] = order.map(read).to_iter_dataset(grain.ReadOptions(0, 0))
        return batches

    return epoch


def open_source(folder: Path) -> Epoch:
    """Records, each read in a call, then batched; two threads read ahead."""
    source = grain.sources.ArrayRecordDataSource([str(folder / "rows.array_record")])

    def epoch(number: int) -> Iterable[Batch]:
        mixed = grain.MapDataset.source(source).shuffle(seed=number).batch(BATCH, batch_fn=join)
        batches: Iterable[Batch] = mixed.to_iter_dataset(grain.ReadOptions(num_threads=2))
        return batches

    return epoch


def open_memory(folder: Path) -> Epoch:
    """Rows of a mapped file, each read in a call, then batched."""
    rows = np.load(folder / "rows.npy", mmap_mode="r")

    def epoch(number: int) -> Iterable[Batch]:
        mixed = grain.MapDataset.source(rows).shuffle(seed=number).batch(BATCH, batch_fn=stack)
        batches: Iterable[Batch] = mixed.to_iter_dataset(grain.ReadOptions(0, 0))
        return batches

    return epoch


WAYS = {
    "batched": Way(
        "MapDataset.range.shuffle.batch(512).map(ArrayRecord __getitems__)", write, open_batched
    ),
    "source": Way(
        "MapDataset.source(ArrayRecord).shuffle.batch(512), 2 threads", write, open_source
    ),
    "memory": Way("MapDataset.source(mapped array).shuffle.batch(512)", write_rows, open_memory),
}

if __name__ == "__main__":
    main("grain", "grain", WAYS, __doc__)
