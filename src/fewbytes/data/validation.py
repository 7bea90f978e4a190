"""The validation part of a training split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fewbytes.errors import InputError
from fewbytes.types import Labels

VALIDATION_IMAGES = 5000
"""Images held out of a large training split; of a small one, a tenth."""


def holdout(
    labels: Labels, seed: int, names: Sequence[str] = (), *, share: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Indices to train on and to validate on: each class gives its share, drawn by the seed.

    Args:
        names: what the classes are called, for messages.
        share: of the images to hold out; None for a tenth, VALIDATION_IMAGES at most.

    Raises:
        InputError: fewer than two classes, or a class with one image only.
    """
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) < 2:
        raise InputError(
            f"all {len(labels)} training images are of class {classes[0]}; "
            "a network needs at least two classes to learn to tell apart"
        )
    if counts.min() < 2:
        number = int(classes[counts.argmin()])
        name = names[number] if number < len(names) else number
        raise InputError(
            f"class {name} has one training image only; "
            "it takes two, one to train on and one to validate on"
        )
    if share is None:
        share = min(VALIDATION_IMAGES, len(labels) / 10) / len(labels)
    rng = np.random.default_rng(seed)
    held = [
        rng.permutation(np.flatnonzero(labels == k))[: min(max(1, round(share * count)), count - 1)]
        for k, count in zip(classes, counts, strict=True)
    ]
    validation = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(len(labels)), validation), validation
