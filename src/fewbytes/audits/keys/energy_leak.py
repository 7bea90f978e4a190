"""Norms of images that their codes keep, whatever the key.

A projection or permutation keeps the norm of an image as it keeps distances, so each code by itself
says how bright its image is.

Exhibit of `keys.energy_leak`, for t targets:

    image_norm (t,)  Euclidean, in grey levels
    code_norm  (t,)  Euclidean, of coefficients
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.finding import Claim
from fewbytes.audits.keys.invariant import invariant

ENERGY = "keys.energy_leak"


def norms(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Euclidean norms (n,) of vectors (n, d)."""
    return np.array([np.linalg.norm(one.astype(np.float64)) for one in vectors])


ENERGY_LEAK = invariant(
    ENERGY,
    Claim(
        "Energy of images, kept by their codes",
        "",
        "Norms of codes are correlated with those of their images, which is mostly how bright "
        "they are: {value} ({low} to {high}), where 1 would be all, and 0 none. It takes no "
        "key to see the norm of a code.",
        "Norms of codes and of images showed no rank correlation beyond chance ({value}).",
        "Somebody who has the codes alone. The norm says little by itself; it narrows down "
        "which record is which.",
    ),
    norms,
    "norm",
    "Spearman, over targets",
)
