"""WebDataset: tar shards in a new order, records mixed in a buffer, batched in the pipeline.

Chosen: one file per record, the code and then the label in one byte, a shuffle buffer that holds
every record (the usual 10,000 took as long and left 0.2 of rank correlation over 10 shards) and one
join of bytes per batch as `collation_fn`. A tar costs a Python object and 1 KiB or more per file,
so that the usual two files per record, `pair`, take about twice as long; decoding .npy, a third
more still; a WebLoader with two workers gained little on two cores. `cached` keeps all records in
memory after the first epoch (`mcached`): quick, but the store is not read any more, which any peer
could do.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import webdataset as wds

from .common import BATCH, Array, Batch, Epoch, Way, main

SHARD = 5_000
"""Records in a shard."""


def write_single(folder: Path, codes: Array, labels: Array) -> None:
    """A record is a file .bin: its code and then its label, one byte."""
    rows = np.column_stack([codes, labels.astype(np.uint8)])
    with wds.ShardWriter(str(folder / "%06d.tar"), maxcount=SHARD, verbose=0) as out:
        for number, row in enumerate(rows):
            out.write({"__key__": f"{number:09d}", "bin": row.tobytes()})


def write_pair(folder: Path, codes: Array, labels: Array) -> None:
    """A record is two files: its code, .bin, and its label as text, .cls."""
    with wds.ShardWriter(str(folder / "%06d.tar"), maxcount=SHARD, verbose=0) as out:
        for number, (code, label) in enumerate(zip(codes, labels, strict=True)):
            out.write({"__key__": f"{number:09d}", "bin": code.tobytes(), "cls": int(label)})


def join_single(samples: Sequence[tuple[bytes]]) -> Batch:
    """Codes (b, record_bytes) and labels (b,) of b records."""
    rows = np.frombuffer(b"".join([row for (row,) in samples]), np.uint8).reshape(len(samples), -1)
    return rows[:, :-1], rows[:, -1]


def join_pair(samples: Sequence[tuple[bytes, bytes]]) -> Batch:
    """Codes (b, record_bytes) and labels (b,) of b records in two files each."""
    codes, labels = zip(*samples, strict=True)
    rows = np.frombuffer(b"".join(codes), np.uint8).reshape(len(codes), -1)
    return rows, np.array(labels, "S").astype(np.int64)


def stages(folder: Path, cached: bool) -> wds.WebDataset:
    """Shards in a new order every epoch, then records mixed in a buffer that holds them all."""
    shards = sorted(str(file) for file in folder.glob("*.tar"))
    data = wds.WebDataset(shards, shardshuffle=len(shards))
    if cached:
        data = data.mcached()
    return data.shuffle(len(shards) * SHARD, initial=len(shards) * SHARD)


def open_single(folder: Path, cached: bool = False) -> Epoch:
    """Batches of records in one file each."""
    data = stages(folder, cached).to_tuple("bin").batched(BATCH, collation_fn=join_single)
    return lambda number: data


def open_pair(folder: Path) -> Epoch:
    """Batches of records in two files each."""
    data = stages(folder, False).to_tuple("bin", "cls").batched(BATCH, collation_fn=join_pair)
    return lambda number: data


def open_cached(folder: Path) -> Epoch:
    """Batches of records in one file each, all kept in memory from the first epoch on."""
    return open_single(folder, cached=True)


STEPS = "WebDataset(shardshuffle).shuffle(all).to_tuple().batched(512, collation_fn=join)"
WAYS = {
    "single": Way(f"{STEPS}, one file per record", write_single, open_single),
    "pair": Way(f"{STEPS}, two files per record", write_pair, open_pair),
    "cached": Way(f"{STEPS}, one file per record, mcached", write_single, open_cached),
}

if __name__ == "__main__":
    main("webdataset", "webdataset", WAYS, __doc__)
