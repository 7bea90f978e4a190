"""Merkle trees as in RFC 6962, section 2.1: SHA-256, leaves prefixed 0x00 and nodes 0x01.

A tree of n leaves is split at the largest power of two below n. Built from below, that is: pair
neighbours, and let the last of an odd number rise as it is. The root names the leaves and their
order; here the leaves are the sorted hashes of records, so it names a multiset of records whatever
their order. That a record is in the set is proved by log2(n) hashes, without any other record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

from fewbytes.audits.fingerprints.record_hash import HASH_BYTES
from fewbytes.errors import InputError

EMPTY = hashlib.sha256(b"").digest()
"""The root of no leaf at all."""


@dataclass(frozen=True)
class Inclusion:
    """That a record is the leaf `index` of a tree of `size` leaves: the audit path of section
    2.1.1, the sibling of the leaf first.
    """

    index: int
    size: int
    path: tuple[bytes, ...]

    def verify(self, entry: bytes, root: bytes) -> bool:
        """Whether `entry` (a record's hash) is that leaf under `root`: RFC 9162, 2.1.3.2."""
        if not 0 <= self.index < self.size:
            return False
        place, last, found = self.index, self.size - 1, leaf(entry)
        for sibling in self.path:
            if last == 0:
                return False
            if place & 1 or place == last:
                found = node(sibling, found)
                while not place & 1 and place:
                    place, last = place >> 1, last >> 1
            else:
                found = node(found, sibling)
            place, last = place >> 1, last >> 1
        return last == 0 and found == root


def leaf(entry: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


def merkle_root(entries: Iterable[bytes]) -> bytes:
    """The root over entries in their order; EMPTY where there is none. Keeps log2(n) hashes."""
    peaks: list[bytes] = []  # of whole trees, the sizes of which are the powers of two in `count`
    for count, entry in enumerate(entries):
        found = leaf(entry)
        while count & 1:
            found, count = node(peaks.pop(), found), count >> 1
        peaks.append(found)
    return reduce(lambda right, left: node(left, right), reversed(peaks)) if peaks else EMPTY


def inclusion(entries: Sequence[bytes], index: int) -> Inclusion:
    """The proof that `entries[index]` is in the tree over all entries.

    Raises:
        InputError: there is no such entry.
    """
    if not 0 <= index < len(entries):
        raise InputError(f"no entry {index} among {len(entries)}")
    path: list[bytes] = []
    level, place = [leaf(entry) for entry in entries], index
    while len(level) > 1:
        if (place ^ 1) < len(level):
            path.append(level[place ^ 1])
        level, place = _above(level), place >> 1
    return Inclusion(index, len(entries), tuple(path))


def each(hashes: bytes) -> Iterator[bytes]:
    """Hashes that lie one after another."""
    return (hashes[i : i + HASH_BYTES] for i in range(0, len(hashes), HASH_BYTES))


def _above(level: list[bytes]) -> list[bytes]:
    """The level above one: neighbours paired, the last of an odd number as it is."""
    paired = [node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return paired + level[len(paired) * 2 :]
