"""Three disjoint parts of the records: one to fit on, one to calibrate on, one to evaluate on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError
from fewbytes.types import Labels

EVALUATE, CALIBRATE = 0.2, 0.1
"""Shares of each class; at least one record in each part."""


class Parts(NamedTuple):
    """Record numbers of three disjoint parts, each in random order."""

    fit: NDArray[np.int64]
    calibrate: NDArray[np.int64]
    evaluate: NDArray[np.int64]


def three_parts(labels: Labels, seed: int) -> Parts:
    """Parts of 70, 10 and 20 % of each class, drawn by the seed.

    Raises:
        InputError: a class with one or two records only.
    """
    classes, counts = np.unique(labels, return_counts=True)
    if counts.min() < 3:
        raise InputError(
            f"class {classes[counts.argmin()]} has {counts.min()} records; each class needs 3, "
            "one to fit on, one to calibrate on and one to evaluate on"
        )
    rng = np.random.default_rng(seed)
    found: tuple[list[NDArray[np.int64]], ...] = ([], [], [])
    for k, count in zip(classes, counts, strict=True):
        rows = rng.permutation(np.flatnonzero(labels == k))
        evaluated = max(1, round(EVALUATE * count))
        calibrated = max(1, round(CALIBRATE * count))
        cuts = np.split(rows, [evaluated, evaluated + calibrated])
        for part, cut in zip(found, (cuts[2], cuts[1], cuts[0]), strict=True):
            part.append(cut)
    return Parts(*(rng.permutation(np.concatenate(part)) for part in found))


def some_records(n: int, most: int, seed: int) -> NDArray[np.int64]:
    """Record numbers, ascending: all of n, or `most` of them drawn by the seed."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))
