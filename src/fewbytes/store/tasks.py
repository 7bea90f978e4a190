"""The pieces that compressing is cut into: encode one block, assemble one shard.

A task reads what is finished, writes its own result under its own name, whole or not at all, and
may be run again anywhere, with the same result.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import Codec, FittedCodec
from fewbytes.data.selected import Selected
from fewbytes.data.source import Source, pieces
from fewbytes.durable import whole
from fewbytes.store.layout import Layout
from fewbytes.store.layouts import layout_for
from fewbytes.store.manifest import STATE, File
from fewbytes.store.seal import Seal
from fewbytes.store.shard import describe, shard_name, write_shard
from fewbytes.store.staging import Staging
from fewbytes.types import Images

HASH_BYTES = 8
"""Of an image's pixels, to find those that are there twice: of a million images, the odds that two
are thought the same that are not are one in thirty million."""

BLOCKS_PER_SHARD = 64


@dataclass(frozen=True)
class Job:
    """All that tasks need to know; it can be pickled. `source` gives what is stored: where the
    codec has a selection, the training records that it keeps.
    """

    source: Source
    codec: Codec
    staging: Staging
    records_per_block: int
    seal: Seal | None = None
    """What encrypts the store; None where it is not to be."""

    @cached_property
    def layout(self) -> Layout:
        state = self.staging.state_path.read_bytes()
        if self.seal is not None and state:
            state = self.seal.decrypt(state, STATE)
        fitted = FittedCodec.load(self.codec, self.source.image_shape, state)
        return layout_for(fitted, self.seal)

    @cached_property
    def numbered(self) -> Source:
        """The source whose numbers are the ids in the store: the whole one where each record has an
        id of its own. Where the ids of a block are one run, each gap in it costs four bytes: there
        records are numbered among those kept.
        """
        if isinstance(self.source, Selected) and self.layout.own_ids:
            return self.source.whole
        return self.source

    def ids(self, split: str, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The ids that the store keeps of records with these numbers in `source`."""
        if isinstance(self.source, Selected) and self.numbered is not self.source:
            return self.source.origin(split, numbers)
        return numbers

    def use_threads(self, count: int) -> None:
        """Decode images by so many threads from now on."""
        self.source.use_threads(count)

    def blocks(self, split: str) -> range:
        """Numbers of the blocks of a split."""
        return range(-(-self.source.sizes[split] // self.records_per_block))

    def records(self, split: str, number: int) -> range:
        """Numbers of the records of one block."""
        start = number * self.records_per_block
        return range(start, min(start + self.records_per_block, self.source.sizes[split]))

    def shards(self, split: str) -> list[tuple[str, range]]:
        """Names of a split's shards, and which blocks each holds."""
        blocks = self.blocks(split)
        parts = [blocks[i : i + BLOCKS_PER_SHARD] for i in blocks[::BLOCKS_PER_SHARD]]
        return [(shard_name(split, i, len(parts)), part) for i, part in enumerate(parts)]


@dataclass(frozen=True)
class BlockDone:
    """What became of a block."""

    split: str
    number: int
    images: int
    """Of the source, unreadable ones included."""
    records: int
    bytes_in: int
    """Bytes of its images as uint8."""


def encode_block(job: Job, split: str, number: int) -> BlockDone:
    """Read, encode and keep one block, unless that is done already."""
    if not job.staging.block_path(split, number).exists():
        _encode(job, split, number)
    records = job.staging.block_note(split, number)["records"]
    height, width, channels = job.source.image_shape
    images = len(job.records(split, number))
    return BlockDone(split, number, images, records, records * height * width * channels)


def _encode(job: Job, split: str, number: int) -> None:
    fitted = job.layout.fitted
    numbers = job.records(split, number)
    codes, labels, ids, pixels, skipped = [], [], [], [], []
    for piece in pieces(job.source, split, numbers.start, numbers.stop):
        codes.append(fitted.encode(piece.images))
        labels.append(piece.labels)
        ids.append(piece.ids)
        pixels.append(hashes(piece.images))
        skipped += [asdict(s) for s in piece.skipped]
    records = sum(map(len, labels))
    table = job.layout.schema.empty_table()
    if records:
        kept = job.ids(split, np.concatenate(ids))
        table = job.layout.table(np.concatenate(codes), np.concatenate(labels), kept)
    note = {
        "records": records,
        "classes": max((int(part.max()) + 1 for part in labels if len(part)), default=0),
        "skipped": skipped,
    }
    job.staging.write_block(split, number, table, note, b"".join(pixels))


def hashes(images: Images) -> bytes:
    """Eight bytes an image that tell its pixels from any others."""
    flat = np.ascontiguousarray(images).reshape(len(images), int(np.prod(images.shape[1:])))
    return b"".join(hashlib.blake2b(row.data, digest_size=HASH_BYTES).digest() for row in flat)


def assemble_shard(job: Job, split: str, name: str, blocks: range) -> File:
    """Write a shard of finished blocks; its entry in the manifest. Blocks of which nothing could
    be read leave no trace in it.
    """
    path: Path = job.staging.store / name
    notes = [job.staging.block_note(split, number) for number in blocks]
    kept = [(number, note["records"]) for number, note in zip(blocks, notes, strict=True)]
    kept = [(number, records) for number, records in kept if records]
    if not path.exists():
        with whole(path) as part:
            write_shard(part, job.layout, (job.staging.read_block(split, n) for n, _ in kept))
    return describe(path, [records for _, records in kept])
