"""Lance: a table on disk, `take` of shuffled rows, cut into batches.

Chosen: `take` of 32,768 rows of a permutation at a time, each cut into 64 batches: a call has a
cost of its own, so that `take` of every batch of 512, `take`, is 7 to 10 times slower. More rows at
once were no quicker. SafeLanceDataset in a DataLoader, `loader`, makes a Python object of every
row. LanceDataset's own samplers shuffle fragments or batches, not records. No other version of the
file format was quicker than the stable one at 32 and at 256 bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import lance
import numpy as np
import pyarrow as pa
from lance.torch.data import SafeLanceDataset
from torch.utils.data import DataLoader

from .common import BATCH, Array, Batch, Epoch, Way, main


def write(folder: Path, codes: Array, labels: Array) -> None:
    """One table: code, a fixed-size list of record_bytes uint8, and label, int64."""
    code = pa.FixedSizeListArray.from_arrays(pa.array(codes.reshape(-1)), codes.shape[1])
    lance.write_dataset(pa.table({"code": code, "label": labels}), str(folder / "table.lance"))


def arrays(table: pa.Table) -> Batch:
    """Codes (b, record_bytes) and labels (b,) of a table of rows, as views."""
    code, label = (table[name].combine_chunks() for name in ("code", "label"))
    return code.flatten().to_numpy().reshape(len(code), -1), label.to_numpy()


def taker(batches: int) -> Callable[[Path], Epoch]:
    """`take` of that many batches at a time."""

    def open_store(folder: Path) -> Epoch:
        store = lance.dataset(str(folder / "table.lance"))
        rows, block = store.count_rows(), BATCH * batches

        def epoch(number: int) -> Iterator[Batch]:
            index = np.random.default_rng(number).permutation(rows)
            for start in range(0, rows, block):
                codes, labels = arrays(store.take(index[start : start + block]))
                for at in range(0, len(codes), BATCH):
                    yield codes[at : at + BATCH], labels[at : at + BATCH]

        return epoch

    return open_store


def stack(samples: Sequence[dict[str, Any]]) -> Batch:
    """Codes (b, record_bytes) and labels (b,) of b rows."""
    codes = np.array([sample["code"] for sample in samples], np.uint8)
    return codes, np.array([sample["label"] for sample in samples])


def open_loader(folder: Path) -> Epoch:
    """A DataLoader over the rows."""
    store = SafeLanceDataset(str(folder / "table.lance"))
    loader = DataLoader(store, batch_size=BATCH, shuffle=True, collate_fn=stack)
    return lambda number: loader


WAYS = {
    "block": Way("take of 64 batches of a permutation at a time", write, taker(64)),
    "take": Way("take of each batch of a permutation", write, taker(1)),
    "loader": Way("DataLoader(SafeLanceDataset, shuffle=True)", write, open_loader),
}

if __name__ == "__main__":
    main("lance", "pylance", WAYS, __doc__)
