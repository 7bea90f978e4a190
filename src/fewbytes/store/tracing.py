"""Which record of its source each record of a store is, where the coder chose the order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fewbytes.data.source import Piece, Source, records_at_once
from fewbytes.errors import InputError, SourceError
from fewbytes.store.store import Store


def trace(store: Store, source: Source, split: str) -> NDArray[np.int64]:
    """The number in `source` of each record of a split, (n,), in the order of the store.

    A coder that is free to choose an order sorts each block by what it holds, so coding the block
    anew tells where each record went. That costs no byte in the store. Records with equal codes
    and labels are interchangeable.

    Raises:
        InputError: of training records that a selection chose: the store does not say which.
        SourceError: the source cannot be read any more, or holds other images now.
    """
    if split == "train" and store.codec.codec.selection is not None:
        raise InputError("a selection chose the training records; which they were is not kept")
    ids = store[split].ids
    if store.codec.keeps_order:
        return ids
    found, start = [], 0
    for _, shard in store.manifest.shards(split):
        for block in shard.blocks:
            stop = start + block.records
            found.append(ids[start:stop][_order(store, source, split, start, stop)])
            start = stop
    return np.concatenate(found)


def _order(store: Store, source: Source, split: str, start: int, stop: int) -> NDArray[np.int64]:
    """Where the records of a block, `start` to `stop` (exclusive), stood before it was sorted."""
    records, rows = store[split], records_at_once(source.image_shape)
    ids = records.ids[start:stop]
    pieces: list[Piece] = [
        source.pick(split, ids[first : first + rows]) for first in range(0, len(ids), rows)
    ]
    codes = np.concatenate([store.codec.encode(piece.images) for piece in pieces])
    labels = np.concatenate([piece.labels for piece in pieces])
    order = store.codec.order(codes, labels)
    same = len(codes) == stop - start and np.array_equal(codes[order], records.codes(start, stop))
    if not (same and np.array_equal(labels[order], records.labels[start:stop])):
        raise SourceError(f"{source.name} no longer holds the images that the store was made of")
    return order
