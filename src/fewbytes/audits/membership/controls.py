"""What an attack on networks must find, and what it cannot.

Codes that are noise are no null control here: a network that is trained on noise learns it by heart
and leaks all of it. Nor do the images themselves make a positive one: an ordinary network that has
learned what a seven looks like need not know which sevens it has seen.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fewbytes.audits.exposure import Exposure, as_identity
from fewbytes.learn import Recipe

BY_HEART, REDRAWN = "learned by heart", "memberships redrawn"

RECORDS = 500
"""Of the pool, and of the population, of networks that learn by heart: few, as it takes long."""

RECIPE = Recipe(epochs=12, shift=0, label_smoothing=0.0)
"""Theirs: as long as it takes, and nothing that holds them back."""


def by_heart(exposure: Exposure) -> Exposure:
    """The positive control: images each of which is a class of its own, so that a network can name
    the class of those it has learned by heart, and of no other.
    """
    images = as_identity(exposure)
    first = exposure.targets.start
    known = np.arange(min(first, RECORDS))
    rows = np.concatenate([known, first + known])
    rng = np.random.default_rng(exposure.seed)
    labels = np.concatenate([rng.permutation(len(known)) for _ in range(2)])
    return replace(
        images, kind=BY_HEART, images=images.images[rows], codes=images.codes[rows],
        labels=labels, classes=len(known),
    )  # fmt: skip


def redrawn(exposure: Exposure) -> Exposure:
    """The null control: the same records, and networks that are asked for memberships which were
    drawn after they had been trained.
    """
    return replace(exposure, kind=REDRAWN)
