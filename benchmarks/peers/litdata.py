"""LitData: optimized chunks of 64 MB, StreamingDataset(shuffle=True) in a StreamingDataLoader.

Chosen: the whole chunk shuffled and decoded at once (`item_shuffle_window="full"`,
`batch_decode="all"`), records as bytes, the label last, joined per batch by `collate_fn`. The
default window of 256 records, `window`, is slower, and leaves nearly all neighbours within a window
of each other (neighbour distance 0.01 of a perfect shuffle). The full window with the default
`batch_decode` decodes 256 records for each one delivered and takes 15 s. Records as a dict of code
and label take half as long again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import litdata
import numpy as np

from .common import BATCH, Array, Batch, Epoch, Way, main


class Row:
    """The record of a number, as `litdata.optimize` asks for it: code and then label, as bytes."""

    def __init__(self, codes: Array, labels: Array) -> None:
        self.rows = np.column_stack([codes, labels.astype(np.uint8)])

    def __call__(self, number: int) -> bytes:
        return bytes(self.rows[number])


def write(folder: Path, codes: Array, labels: Array) -> None:
    """Chunks of 64 MB, the default, written in order by one worker."""
    os.environ["DATA_OPTIMIZER_CACHE_FOLDER"] = str(folder / "cache")
    litdata.optimize(
        fn=Row(codes, labels),
        inputs=list(range(len(codes))),
        output_dir=str(folder / "chunks"),
        chunk_bytes="64MB",
        num_workers=1,
        verbose=False,
    )


def join(samples: Sequence[bytes]) -> Batch:
    """Codes (b, record_bytes) and labels (b,) of b records."""
    rows = np.frombuffer(b"".join(samples), np.uint8).reshape(len(samples), -1)
    return rows[:, :-1], rows[:, -1]


def loader(workers: int = 0, **options: Any) -> Callable[[Path], Epoch]:
    """A StreamingDataLoader, shuffled anew every time that it is iterated over."""

    def open_store(folder: Path) -> Epoch:
        store = litdata.StreamingDataset(str(folder / "chunks"), shuffle=True, **options)
        batches = litdata.StreamingDataLoader(
            store, batch_size=BATCH, collate_fn=join, num_workers=workers
        )
        return lambda number: batches

    return open_store


STEPS = "StreamingDataLoader(StreamingDataset(shuffle=True"
FULL: dict[str, Any] = {"item_shuffle_window": "full", "batch_decode": "all"}
WAYS = {
    "full": Way(
        f"{STEPS}, item_shuffle_window='full', batch_decode='all'))", write, loader(**FULL)
    ),
    "window": Way(f"{STEPS})), the default window of 256", write, loader()),
    "workers": Way(f"{STEPS}, 'full', 'all'), num_workers=2)", write, loader(2, **FULL)),
}

if __name__ == "__main__":
    main("litdata", "litdata", WAYS, __doc__)
