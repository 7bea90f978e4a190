"""Shadow networks that were never trained: their confidence is drawn, and the truth known. And
images so small that networks are trained on them in no time.
"""

from __future__ import annotations

import numpy as np

from fewbytes.audits.membership.halves import halves
from fewbytes.audits.membership.shadows import Shadows
from fewbytes.learn import ArrayFeed
from fewbytes.types import Dataset, Split


def gaussian_world(
    leak: float,
    seed: int,
    networks: int = 16,
    records: int = 500,
    spread: float = 3.0,
    centre: float = 4.0,
) -> Shadows:
    """Each record has a confidence of its own, about `centre` and differing by `spread`, that rises
    by `leak` where it was trained on; networks add a shift of their own, and noise of deviation 1.
    """
    rng = np.random.default_rng(seed)
    members = halves(networks, records, seed)
    easy = rng.normal(centre, spread, records)
    shift = 0.3 * rng.normal(size=(networks, 1))
    confidence = easy + leak * members + shift + rng.normal(size=members.shape)
    outside = rng.normal(centre, spread, 300) + shift + rng.normal(size=(networks, 300))
    right = rng.random(outside.shape) < 0.9
    return Shadows(members, np.arange(networks) // 2, confidence, outside, right)


def clusters(records: int, apart: float) -> ArrayFeed:
    """Records of three classes, normal vectors of six values whose means lie `apart` from 0."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, records)
    inputs = rng.normal(size=(records, 6)) + apart * np.eye(3, 6)[labels]
    return ArrayFeed(inputs.astype(np.float32), labels, False)


def small(data: Dataset) -> Dataset:
    """MNIST at 9 x 9: every third row and column."""
    train, test = (
        Split(np.ascontiguousarray(one.images[:, 2::3, 2::3]), one.labels)
        for one in (data.train, data.test)
    )
    return Dataset("small", train, test)
