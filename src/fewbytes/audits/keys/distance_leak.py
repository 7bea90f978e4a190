"""Distances between images that their codes keep, whatever the key.

A random projection keeps the distances of all points within a few per cent (Johnson & Lindenstrauss
1984), a permutation keeps them exactly, and neither does so less where the key is secret. So codes
alone tell which records are alike.

Exhibit of `keys.distance_leak`, for m pairs of targets:

    image_distance (m,)  Euclidean, in grey levels
    code_distance  (m,)  Euclidean, of coefficients
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.finding import Claim
from fewbytes.audits.keys.invariant import invariant

DISTANCE = "keys.distance_leak"


def pair_distances(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Distances of vectors 0 and 1, 2 and 3, and so on, of vectors (n, d): (n // 2,)."""
    last = len(vectors) - len(vectors) % 2
    pairs = zip(vectors[:last:2], vectors[1:last:2], strict=True)
    return np.array([np.linalg.norm(a.astype(np.float64) - b) for a, b in pairs])


DISTANCE_LEAK = invariant(
    DISTANCE,
    Claim(
        "Distances between images, kept by their codes",
        "",
        "Distances between codes are correlated with those between their images: {value} "
        "({low} to {high}), where 1 would be all, and 0 none. It takes no key to compare "
        "codes.",
        "Distances of codes and of images showed no rank correlation beyond chance ({value}).",
        "Somebody who has the codes alone. Euclidean distances of pairs drawn at random; those "
        "of nearby pairs may be kept better or worse.",
    ),
    pair_distances,
    "distance",
    "Spearman, over pairs of targets that share no record",
)
