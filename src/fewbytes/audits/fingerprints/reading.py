"""Taking a fingerprint of a source of images, or of the codes of a store.

Records pass through a piece at a time, in constant memory. What grows with the set is the hashes:
64 bytes a record, 32 more where perceptual hashes are asked for, the same again for the whole, and
some twice that while they are sorted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.fingerprints.contents import Contents
from fewbytes.audits.fingerprints.fingerprinted import Fingerprint, Fingerprinted, together
from fewbytes.audits.fingerprints.lthash import LtHash
from fewbytes.audits.fingerprints.perceptual import LOOKS_BYTES, Looks, hasher, perceptual_hashes
from fewbytes.audits.fingerprints.record_hash import (
    HASH_BYTES,
    Hashes,
    Kind,
    content_hashes,
    record_hashes,
)
from fewbytes.data.source import Source, pieces
from fewbytes.errors import SourceError
from fewbytes.store import Store
from fewbytes.types import Labels

MOST_NAMED = 100
"""Unreadable records that are named; all are counted."""

AT_ONCE = 4096
"""Records between two words to the watcher."""


class FingerprintWatcher(Protocol):
    """Called as records are read."""

    def fingerprint_started(self, name: str, records: int) -> None: ...

    def records_read(self, records: int) -> None: ...


class Silent:
    """Watches and says nothing."""

    def fingerprint_started(self, name: str, records: int) -> None:
        """Do nothing."""

    def records_read(self, records: int) -> None:
        """Do nothing."""


class _Taking:
    """The hashes of a split's records, piece by piece."""

    def __init__(self, kind: Kind, robust: bool, told: Callable[[int], None]) -> None:
        self._kind, self._robust, self._told = kind, robust, told
        self._contents: list[Hashes] = []
        self._records: list[Hashes] = []
        self._looks: list[Looks] = []
        self._sums = LtHash(), LtHash()
        self._sequence = hashlib.sha256(b"fewbytes sequence 1\0")

    def take(self, values: NDArray[Any], labels: Labels) -> None:
        """Take in images or codes (k, ...) with their labels (k,)."""
        for start in range(0, len(values), AT_ONCE):
            run = slice(start, start + AT_ONCE)
            self._take(values[run], labels[run])

    def _take(self, values: NDArray[Any], labels: Labels) -> None:
        contents = content_hashes(values, self._kind)
        records = record_hashes(contents, labels)
        self._sums = self._sums[0].add(records), self._sums[1].add(contents)
        self._sequence.update(records.data)
        self._contents.append(contents)
        self._records.append(records)
        if self._robust:
            self._looks.append(perceptual_hashes(values))
        self._told(len(values))

    def taken(self, split: str, skipped: int) -> Fingerprint:
        """The fingerprint of what was taken in."""
        records, contents = _whole(self._records, HASH_BYTES), _whole(self._contents, HASH_BYTES)
        return Fingerprint(
            split, Contents.of(records, self._sums[0]), Contents.of(contents, self._sums[1]),
            self._sequence.digest(), skipped,
            _whole(self._looks, LOOKS_BYTES) if self._robust else None,
        )  # fmt: skip


def of_images(
    source: Source,
    *,
    name: str | None = None,
    robust: bool = False,
    watcher: FingerprintWatcher | None = None,
) -> Fingerprinted:
    """The fingerprint of a source's images, as they are read; those that cannot be read are left
    out, counted and named. It is called `name`, or as the source is.

    Raises:
        SourceError: it cannot be read, or no image of it can.
        MissingExtraError: `robust`, and imagehash is not installed.
    """
    if robust:
        hasher()
    told = watcher or Silent()
    name = source.name if name is None else name
    told.fingerprint_started(name, sum(source.sizes.values()))
    splits: list[Fingerprint] = []
    named: list[str] = []
    for split, records in source.sizes.items():
        taking, skipped = _Taking("image", robust, told.records_read), 0
        for piece in pieces(source, split, 0, records):
            taking.take(piece.images, piece.labels)
            skipped += len(piece.skipped)
            told.records_read(len(piece.skipped))
            room = MOST_NAMED - len(named)
            named += [f"{split} {one.name}: {one.reason}" for one in piece.skipped[:room]]
        splits.append(taking.taken(split, skipped))
    return _fingerprinted(name, "image", splits, named)


def of_codes(store: Store, *, watcher: FingerprintWatcher | None = None) -> Fingerprinted:
    """The fingerprint of a store's codes as they are stored, block by block.

    Raises:
        CorruptError: the store is damaged.
        SourceError: it holds no record.
    """
    told = watcher or Silent()
    told.fingerprint_started(store.files.where, sum(map(len, store.splits.values())))
    splits = []
    for name, split in store.splits.items():
        taking = _Taking("code", False, told.records_read)
        for start, stop in pairwise(split.block_starts.tolist()):
            taking.take(split.codes(start, stop), split.labels[start:stop])
        splits.append(taking.taken(name, 0))
    return _fingerprinted(store.files.where, "code", splits, [])


def _fingerprinted(
    name: str, kind: Kind, splits: list[Fingerprint], named: list[str]
) -> Fingerprinted:
    parts = tuple(splits)
    if not sum(map(len, parts)):
        why = f" ({named[0]})" if named else ""
        raise SourceError(f"{name}: no readable record to take a fingerprint of{why}")
    return Fingerprinted(name, kind, parts, together(parts), tuple(named))


def _whole(parts: list[Hashes], width: int) -> Hashes:
    return np.concatenate([np.zeros((0, width), np.uint8), *parts])
