"""What linear attackers learn: an affine map of vectors, kept in the smaller of two forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AffineMap:
    """Inputs (m, d) to outputs (m, p): `(inputs - centre) @ basis @ weights + mean`."""

    centre: Floats
    """(d,)."""
    basis: Floats | None
    """(d, r), where it takes less room than its product with the weights."""
    weights: Floats
    """(r, p), or (d, p) where there is no basis."""
    mean: Floats
    """(p,)."""

    def __call__(self, inputs: NDArray[Any]) -> Floats:
        found = self.linear(inputs - self.centre)
        found += self.mean
        return found

    def linear(self, differences: NDArray[Any]) -> Floats:
        """Differences of outputs (m, p) for those of inputs (m, d)."""
        along = differences if self.basis is None else differences @ self.basis
        found: Floats = along @ self.weights
        return found
