"""Which record of its source each record of a store is, where the coder chose the order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import FittedCodec
from fewbytes.data.source import Piece, Source, records_at_once
from fewbytes.store.store import Store


def trace(store: Store, source: Source, split: str) -> NDArray[np.int64]:
    """The number in `source` of each record of a split, (n,), in the order of the store.

    A coder that is free to choose an order sorts each block by what it holds, so coding the block
    anew tells where each record went. That costs no byte in the store. Records with equal codes
    and labels are interchangeable.

    Raises:
        SourceError: the source cannot be read any more.
    """
    ids = store[split].ids
    if store.codec.keeps_order:
        return ids
    found, start = [], 0
    for _, shard in store.manifest.shards(split):
        for block in shard.blocks:
            part = ids[start : start + block.records]
            found.append(part[_order(store.codec, source, split, part)])
            start += block.records
    return np.concatenate(found)


def _order(
    fitted: FittedCodec, source: Source, split: str, ids: NDArray[np.int64]
) -> NDArray[np.int64]:
    rows = records_at_once(source.image_shape)
    pieces: list[Piece] = [
        source.pick(split, ids[first : first + rows]) for first in range(0, len(ids), rows)
    ]
    codes = np.concatenate([fitted.encode(piece.images) for piece in pieces])
    labels = np.concatenate([piece.labels for piece in pieces])
    return fitted.order(codes, labels)
