"""LtHash: an additive hash of a multiset of records, updated as records come and go.

Every record's hash is stretched to 1,024 numbers of 16 bits by SHAKE-128; the hash of a multiset is
their sum modulo 2^16, number by number (Bellare & Micciancio 1997, "A new paradigm for
collision-free hashing", section 5; Lewi, Kim, Maykov & Weis 2019, "Securing update propagation with
homomorphic hashing", ePrint 2019/227: lthash16). Order cannot matter, a record is added or removed
without looking at the others, and two parts are combined by adding.

Why so wide a state: a plain sum modulo 2^256 (AdHash) takes as little room as a digest, but Wagner
2002 ("A generalized birthday problem", section 4) finds sets of the same sum in about
2^(2 sqrt 256) = 2^32 steps. To find two sets of the same LtHash is to find a short vector in a
lattice of dimension 1,024; Lewi et al. put that at 2^200 steps or more.

That estimate is for sets, and for multisets of few copies. 2^16 copies of one record add up to
nothing: the digest holds the number of records too, but 65,536 copies of one record still look like
as many of another. A Merkle root has no such limit.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.fingerprints.record_hash import Hashes
from fewbytes.errors import InputError

NUMBERS = 1024
STATE_BYTES = 2 * NUMBERS

MOST_RECORDS = 1 << 64
"""The digest holds their number in 8 bytes."""

_AT_ONCE = 1024
_STRETCH = hashlib.shake_128(b"fewbytes lthash16 1\0")


@dataclass(frozen=True)
class LtHash:
    """The hash of a multiset: its sum as `state`, 1,024 little-endian uint16, and its size."""

    state: bytes = bytes(STATE_BYTES)
    records: int = 0

    def __post_init__(self) -> None:
        if len(self.state) != STATE_BYTES:
            raise InputError(f"a state of {len(self.state)} bytes; LtHash has {STATE_BYTES}")
        if not 0 <= self.records < MOST_RECORDS:
            raise InputError(f"a multiset of {self.records} records")

    def add(self, hashes: Hashes) -> LtHash:
        """With these records (n, 32) put in."""
        return self._with(self._numbers + _summed(hashes), self.records + len(hashes))

    def remove(self, hashes: Hashes) -> LtHash:
        """With these records (n, 32) taken out, which must be in: a sum cannot tell.

        Raises:
            InputError: more records than there are.
        """
        if len(hashes) > self.records:
            raise InputError(f"{len(hashes)} records cannot be taken out of {self.records}")
        return self._with(self._numbers - _summed(hashes), self.records - len(hashes))

    def combine(self, other: LtHash) -> LtHash:
        """Of both multisets together: copies add up."""
        return self._with(self._numbers + other._numbers, self.records + other.records)

    def digest(self) -> bytes:
        """32 bytes that stand for the state and the number of records."""
        head = b"fewbytes lthash16 digest 1\0" + struct.pack("<Q", self.records)
        return hashlib.sha256(head + self.state).digest()

    @property
    def _numbers(self) -> NDArray[np.uint16]:
        return np.frombuffer(self.state, "<u2")

    def _with(self, numbers: NDArray[np.uint16], records: int) -> LtHash:
        return LtHash(numbers.astype("<u2", copy=False).tobytes(), records)


def _summed(hashes: Hashes) -> NDArray[np.uint16]:
    """The sum (1024,) of what each hash of (n, 32) is stretched to, modulo 2^16."""
    total = np.zeros(NUMBERS, np.uint16)
    for start in range(0, len(hashes), _AT_ONCE):
        stretched = []
        for row in np.ascontiguousarray(hashes[start : start + _AT_ONCE]):
            one = _STRETCH.copy()
            one.update(row.data)
            stretched.append(one.digest(STATE_BYTES))
        numbers = np.frombuffer(b"".join(stretched), "<u2").reshape(-1, NUMBERS)
        total += numbers.sum(0, dtype=np.uint16)
    return total
