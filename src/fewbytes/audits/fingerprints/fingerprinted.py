"""The fingerprint of a data set: of each split, and of the whole."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from fewbytes.audits.fingerprints.comparison import Comparison, compared
from fewbytes.audits.fingerprints.contents import Contents
from fewbytes.audits.fingerprints.lthash import LtHash
from fewbytes.audits.fingerprints.perceptual import Looks
from fewbytes.audits.fingerprints.record_hash import Kind
from fewbytes.audits.fingerprints.sketch import Sketch, distinct_looks
from fewbytes.errors import InputError

WHOLE = "all"
"""What the records of all splits together are called."""


@dataclass(frozen=True)
class Fingerprint:
    """What names the records of one split, or of all."""

    split: str
    records: Contents
    """With their labels."""
    unlabelled: Contents
    """The same without them."""
    sequence: bytes
    """SHA-256 over the hashes of the records in their order, or of the whole, over those of the
    splits: the one figure that order changes."""
    skipped: int
    """Records that could not be read, and are in none of the figures."""
    looks: Looks | None = field(default=None, repr=False, compare=False)
    """Perceptual hashes of the images, (n, 32)."""
    published: Sketch | None = field(default=None, repr=False, compare=False)
    """The sketch as a file holds it, where the images are not at hand."""

    def __len__(self) -> int:
        return len(self.records)

    @cached_property
    def sketch(self) -> Sketch | None:
        """The sample of the perceptual hashes; None where nobody asked for it, and of no image."""
        if self.distinct_looks is None or not len(self.distinct_looks):
            return self.published
        return Sketch.of(self.distinct_looks)

    @cached_property
    def distinct_looks(self) -> Looks | None:
        """The perceptual hashes that differ, (m, 32)."""
        return None if self.looks is None else distinct_looks(self.looks)

    def row(self) -> dict[str, Any]:
        """Plain JSON values; hashes as hexadecimal digits."""
        found: dict[str, Any] = {
            "split": self.split,
            "records": len(self),
            "skipped": self.skipped,
            "distinct": self.records.distinct,
            "merkle_root": self.records.merkle_root.hex(),
            "multiset_hash": self.records.multiset.digest().hex(),
            "unlabelled_distinct": self.unlabelled.distinct,
            "unlabelled_merkle_root": self.unlabelled.merkle_root.hex(),
            "unlabelled_multiset_hash": self.unlabelled.multiset.digest().hex(),
            "sequence_hash": self.sequence.hex(),
        }
        if (sketch := self.sketch) is not None:
            found |= {
                "sketch": sketch.digest().hex(),
                "sketch_size": len(sketch),
                "distinct_perceptual_hashes": sketch.distinct,
                "radius_bits": sketch.radius,
                "look_alikes": sketch.look_alikes(sketch.radius).row(),
            }
        return found


@dataclass(frozen=True)
class Fingerprinted:
    """The fingerprint of a data set. `fingerprinted["train"]` is that of a split.

    Two are equal where the records, their order, the splits and what they are called are.
    """

    source: str
    kind: Kind
    """Whether images are named or codes."""
    splits: tuple[Fingerprint, ...]
    whole: Fingerprint
    unreadable: tuple[str, ...] = ()
    """The first records that could not be read, each with the reason."""

    def __getitem__(self, split: str) -> Fingerprint:
        """A split, or "all". Raises KeyError with the names there are."""
        for one in (*self.splits, self.whole):
            if one.split == split:
                return one
        there = ", ".join(one.split for one in (*self.splits, self.whole))
        raise KeyError(f"no split {split!r}; there are {there}")

    @property
    def robust(self) -> bool:
        """Whether there is a sketch of the whole set."""
        return self.whole.sketch is not None

    def rows(self) -> list[dict[str, Any]]:
        """One row a split, and one of the whole; plain JSON values."""
        about = {"source": self.source, "of": f"{self.kind}s"}
        return [{**about, **one.row()} for one in (*self.splits, self.whole)]

    def compare(self, other: Fingerprinted) -> Comparison:
        """Whether the two name the same records, re-encodings of them, or others.

        Raises:
            InputError: one is of images and the other of codes.
        """
        if self.kind != other.kind:
            raise InputError(
                f"{self.source} is fingerprinted by its {self.kind}s, {other.source} by its "
                f"{other.kind}s"
            )
        same = _order_of(self) == _order_of(other)
        return compared(self.whole, other.whole, self.kind, same_order=same)


def _order_of(one: Fingerprinted) -> list[tuple[str, bytes]]:
    return [(split.split, split.sequence) for split in one.splits if len(split)]


def together(parts: tuple[Fingerprint, ...]) -> Fingerprint:
    """The records of all splits together, which are at hand."""
    return Fingerprint(
        WHOLE,
        _joined([one.records for one in parts]),
        _joined([one.unlabelled for one in parts]),
        hashlib.sha256(b"".join(one.sequence for one in parts)).digest(),
        sum(one.skipped for one in parts),
        _joined_looks([one.looks for one in parts]),
    )


def _joined(parts: list[Contents]) -> Contents:
    multiset = LtHash()
    for one in parts:
        multiset = multiset.combine(one.multiset)
    return Contents.of(
        np.concatenate([one.hashes for one in parts if one.hashes is not None]), multiset
    )


def _joined_looks(parts: list[Looks | None]) -> Looks | None:
    there = [one for one in parts if one is not None]
    return np.concatenate(there) if there else None
