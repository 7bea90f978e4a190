"""Squared Euclidean distances of many points, by one matrix product."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUNDING = 1e-5
"""Squared distances below this share of the squared norms are rounding: the points are the same."""


def squared_distances(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of points (m, d) and (n, d), around the origin and not large: (m, n)."""
    norms = [np.square(x, dtype=np.float64).sum(1) for x in (a, b)]
    sums = norms[0][:, None] + norms[1][None]
    squares: NDArray[np.float64] = sums - 2.0 * (a @ b.T)
    squares[squares < ROUNDING * sums] = 0.0
    return squares
