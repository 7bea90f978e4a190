"""Pairs of records of one class, no record in two pairs.

Given the class, two such records are independent, so what one says of the other passes through the
class: I(Z; Z') <= I(Z; Y) (data processing; Cover & Thomas, Theorem 2.8.1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError
from fewbytes.types import Labels


def class_pairs(labels: Labels, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Record numbers of the firsts and of the seconds, each (pairs,), in random order; a record of
    each class with an odd number of them is left over.

    Raises:
        InputError: no class has two records.
    """
    rng = np.random.default_rng(seed)
    shuffled = [rng.permutation(np.flatnonzero(labels == k)) for k in np.unique(labels)]
    pairs = np.concatenate([rows[: len(rows) // 2 * 2].reshape(-1, 2) for rows in shuffled])
    if not len(pairs):
        raise InputError(f"no class has two of the {len(labels)} records, so there are no pairs")
    first, second = rng.permutation(pairs).T
    return first, second
