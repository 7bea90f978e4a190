"""One multiset of records, named exactly: a Merkle root, and a hash that can be updated."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.fingerprints.lthash import LtHash
from fewbytes.audits.fingerprints.merkle import Inclusion, each, inclusion, merkle_root
from fewbytes.audits.fingerprints.record_hash import HASH_BYTES, Hashes
from fewbytes.errors import InputError


@dataclass(frozen=True)
class Contents:
    """A multiset of records. Two that are equal hold the same records, whatever their order."""

    distinct: int = field(compare=False)
    """Records that differ from one another."""
    merkle_root: bytes
    """Over the sorted hashes of all records, copies included."""
    multiset: LtHash
    hashes: Hashes | None = field(default=None, repr=False, compare=False)
    """The sorted hashes of the records, (n, 32); None where only a file of the fingerprint is at
    hand."""

    def __len__(self) -> int:
        return self.multiset.records

    @classmethod
    def of(cls, hashes: Hashes, multiset: LtHash) -> Contents:
        """Of the records of these hashes (n, 32), whose LtHash is `multiset`."""
        ordered = hashes[_order(hashes)]
        return cls(len(_starts(ordered)), merkle_root(each(ordered.tobytes())), multiset, ordered)

    def inclusion(self, record: bytes) -> Inclusion:
        """The proof that a record of this hash is among them.

        Raises:
            InputError: it is not, or the records are not at hand.
        """
        if self.hashes is None:
            raise InputError("the hashes of the records are not at hand: a file does not hold them")
        entries = list(each(self.hashes.tobytes()))
        try:
            return inclusion(entries, entries.index(record))
        except ValueError:
            raise InputError(f"no record of the hash {record.hex()}") from None


def shared(one: Hashes, other: Hashes) -> int:
    """How many records two multisets (n, 32) and (m, 32) have in common, copies counted."""
    both = np.concatenate([one, other])
    if not len(both):
        return 0
    order = _order(both)
    starts = _starts(both[order])
    first = np.add.reduceat((order < len(one)).astype(np.int64), starts)
    copies = np.diff(np.append(starts, len(both)))
    return int(np.minimum(first, copies - first).sum())


def _starts(ordered: Hashes) -> NDArray[np.int64]:
    """Where in sorted hashes (n, 32) another one begins, (distinct,)."""
    changes = (ordered[1:] != ordered[:-1]).any(1)
    return np.flatnonzero(np.append(np.ones(min(1, len(ordered)), bool), changes))


def _order(hashes: Hashes) -> NDArray[np.int64]:
    """The order (n,) that sorts hashes (n, 32) as bytes."""
    words = np.ascontiguousarray(hashes).view(">u8").reshape(-1, HASH_BYTES // 8)
    return np.lexsort(words.astype(np.uint64).T[::-1])
