"""The energy distance of a subset from all other points: it is zero for one distribution alone.

    E = 2 mean |x - y| - mean |x - x'| - mean |y - y'|

x of the subset, y of the rest, pairs with themselves counted (Szekely & Rizzo 2013, J. Stat. Plan.
Inference 143, eq. 6.1). No width is to be chosen. Of a subset of one point it is how far that point
lies from the others, on average.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.identification.squared_distances import squared_distances

_PAIRS = 1 << 22
"""Distances gathered at a time."""

Floats = NDArray[np.float64]


def distances(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Euclidean distances of points (n, d), around the origin and not large: (n, n) float32."""
    found = np.empty((len(points), len(points)), np.float32)
    rows = max(1, _PAIRS // len(points))
    for start in range(0, len(points), rows):
        part = points[start : start + rows]
        found[start : start + rows] = np.sqrt(squared_distances(part, points))
    np.fill_diagonal(found, 0.0)
    return found


def energy_distances(apart: NDArray[np.float32], subsets: NDArray[np.integer[Any]]) -> Floats:
    """Of each subset (m, k), rows of point numbers, from the rest: (m,).

    `apart` (n, n) are distances; k is below n.
    """
    n, size = len(apart), subsets.shape[1]
    sums = apart.sum(1, dtype=np.float64)
    whole = float(sums.sum())
    to_all = sums[subsets].sum(1)
    inside = _inside(apart, subsets)
    across = to_all - inside
    rest = whole - 2 * to_all + inside
    found: Floats = 2 * across / (size * (n - size)) - inside / size**2 - rest / (n - size) ** 2
    return found


def _inside(apart: NDArray[np.float32], subsets: NDArray[np.integer[Any]]) -> Floats:
    """The sum of distances within each subset, each pair twice, (m,)."""
    size = subsets.shape[1]
    first, second = np.triu_indices(size, 1)
    rows = max(1, _PAIRS // max(1, len(first)))
    found = np.zeros(len(subsets))
    for start in range(0, len(subsets), rows):
        part = subsets[start : start + rows]
        pairs = apart[part[:, first], part[:, second]]
        found[start : start + rows] = 2 * pairs.sum(1, dtype=np.float64)
    return found
