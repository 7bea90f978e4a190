"""Which of several sets a record looks like: kernel ridge regression on +1 and -1.

Saunders, Gammerman & Vovk 1998 (ICML), eq. 9, a Gaussian kernel exp(-2 |x - y|^2 / median), the
median that of squared distances. Exact, by one factorisation: nothing is left to a seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from fewbytes.audits.identification.squared_distances import squared_distances

MOST = 2_000
"""Records learned from, all sets together: 0.3 s and 32 MB."""

RIDGE = 0.01
"""Added to the kernel's diagonal, which is 1."""

_ROWS = 200
"""Records whose distances from all others the median is taken of."""

_VALUES = 1 << 22

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class KernelRidge:
    """Points learned from (n, d), their weights (n, sets), and what squared distances are times."""

    points: NDArray[np.float32]
    weights: Floats
    scale: float

    @classmethod
    def of(cls, sets: Sequence[NDArray[np.float32]]) -> KernelRidge:
        """Learn from sets of points (n_i, d), the first `MOST` / sets of each."""
        share = max(1, MOST // len(sets))
        cut = [points[:share] for points in sets]
        points = np.concatenate(cut).astype(np.float32)
        which = np.repeat(np.arange(len(cut)), [len(part) for part in cut])
        targets = np.where(which[:, None] == np.arange(len(cut)), 1.0, -1.0)
        apart = squared_distances(points, points)
        some = apart[:: max(1, len(apart) // _ROWS)]
        median = float(np.median(some[some > 0])) if (some > 0).any() else 1.0
        kernel = np.exp(-2.0 / median * apart)
        kernel[np.diag_indices_from(kernel)] += RIDGE
        weights = cho_solve(cho_factor(kernel, lower=True, overwrite_a=True), targets)
        return cls(points, weights, 2.0 / median)

    def scores(self, points: NDArray[np.float32]) -> Floats:
        """How much each point (m, d) looks like each set: (m, sets), about 1 for its own."""
        rows = max(1, _VALUES // len(self.points))
        found = np.empty((len(points), self.weights.shape[1]))
        for start in range(0, len(points), rows):
            apart = squared_distances(points[start : start + rows].astype(np.float32), self.points)
            found[start : start + rows] = np.exp(-self.scale * apart) @ self.weights
        return found
