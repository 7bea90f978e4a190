"""A permutation test with several statistics at once, exact at any size.

Of a bag of k records and a reference, any k of all would have made as good a bag if both were drawn
alike. The p-value is the rank of the bag among random subsets of k, itself counted: (b + 1)/(m + 1)
(Phipson & Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9, eq. 2), or among all subsets where k is 1.

Statistics are joined by the best rank that any of them gives (Tippett 1931; by permutation:
Pesarin 2001, "Multivariate Permutation Tests", section 6.2), which is ranked in turn: the level
stays exact, however the statistics depend on each other.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

_DRAWN = 1 << 22
"""Random numbers held at a time."""

_DIGITS = 9
"""Decimal digits of a statistic that are not rounding."""

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@lru_cache(maxsize=2)
def subsets(total: int, size: int, count: int, seed: int) -> Indices:
    """Numbers below `total`: first the subset 0 to size - 1, then `count` random ones of `size`,
    (count + 1, size), not to be written to. Where size is 1, every single number once, (total, 1).
    """
    parts = [np.arange(size)[None]]
    if size == 1:
        parts = [np.arange(total)[:, None]]
        count = 0
    rng, rows = np.random.default_rng(seed), max(1, _DRAWN // total)
    for start in range(0, count, rows):
        drawn = rng.random((min(rows, count - start), total), np.float32)
        parts.append(np.argpartition(drawn, size, axis=1)[:, :size])
    found = np.concatenate(parts)
    found.flags.writeable = False
    return found


def ranks(statistic: Floats) -> NDArray[Any]:
    """The place of each figure (m,) from the top, 1 for the largest; of equals, the last place.
    What differs by rounding alone is equal.
    """
    scale = float(np.abs(statistic).max()) or 1.0
    found: NDArray[Any] = rankdata(-np.round(statistic / scale, _DIGITS), method="max")
    return found


def p_value(statistics: Floats, rng: np.random.Generator | None = None) -> float:
    """Of the first column of statistics (s, m + 1), large where a subset is odd.

    Ties count against the claim that it is odd; with `rng` they are broken at random, and the level
    is exact where figures are few.
    """
    best = np.min([ranks(one) for one in statistics], axis=0)
    below, equal = int((best < best[0]).sum()), int((best == best[0]).sum())
    rank = below + (equal if rng is None else int(rng.integers(1, equal + 1)))
    return rank / len(best)


def deviations(statistic: Floats) -> float:
    """How many standard deviations the first figure (m + 1,) lies above the mean of all."""
    spread = float(statistic.std())
    level = float(np.abs(statistic).max())
    return float(statistic[0] - statistic.mean()) / spread if spread > 1e-9 * level else 0.0
