"""Which records are equal: by hashes, so that time and memory grow with the records alone."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Settings
from fewbytes.audits.census import Hashes
from fewbytes.audits.exposure import STORE, Exposure

Classes = NDArray[np.int64]
"""(n,): records of one number are equal, those of different numbers differ."""

_DIGEST_BYTES = 16


def classes_of(*fields: NDArray[Any]) -> Classes:
    """Classes of records that are equal in every one of the `fields`, each (n, ...); numbered from
    0 as they first occur.

    Records are told apart by 128 bits of BLAKE2b: that two of a million that differ share them has
    a chance of 10^-27.
    """
    rows = [_flat(one) for one in fields]
    seen: dict[bytes, int] = {}
    found = np.empty(len(rows[0]), np.int64)
    for i in range(len(found)):
        digest = blake2b(digest_size=_DIGEST_BYTES)
        for one in rows:
            digest.update(one[i].data)
        found[i] = seen.setdefault(digest.digest(), len(seen))
    return found


def classes_across(a: NDArray[Any], b: NDArray[Any]) -> tuple[Classes, Classes]:
    """Classes of two arrays of records, (n, ...) and (m, ...), numbered in common: (n,), (m,)."""
    both = classes_of(np.concatenate([_flat(a), _flat(b)]))
    return both[: len(a)], both[len(a) :]


@dataclass(frozen=True)
class Classed:
    """Which records have equal `codes`, and which were made of equal `images`: (n,) each."""

    codes: Classes
    images: Classes
    whole: bool
    """Whether these are all records of the split, in the order of the store, and not only those
    drawn, in the order of the exposure."""

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def method(self) -> str:
        """What was counted."""
        if self.whole:
            return "counted over all records of the split"
        return "counted over the records exposed; of more records, more collide"


def classed(exposure: Exposure, settings: Settings) -> Classed:
    """The classes of all records of the store where a census was taken, else of those exposed."""
    taken = settings.census() if exposure.kind == STORE else None
    if taken is None:
        return Classed(classes_of(exposure.codes), classes_of(exposure.images), whole=False)
    codes, images = taken.codes[taken.split], taken.images[taken.split]
    return Classed(_numbered(codes), _numbered(images), whole=True)


def _numbered(hashes: Hashes) -> Classes:
    return np.unique(hashes, return_inverse=True)[1].astype(np.int64)


def sizes_of(classes: Classes) -> NDArray[np.int64]:
    """How many records each class has, (classes,)."""
    return np.bincount(classes)


def _flat(records: NDArray[Any]) -> NDArray[Any]:
    """(n, values), each record's bytes side by side. Adding 0 makes -0.0 the 0.0 that it equals."""
    flat = records.reshape(len(records), prod(records.shape[1:]))
    return np.ascontiguousarray(flat + flat.dtype.type(0) if flat.dtype.kind == "f" else flat)
