"""The records that shadow networks are trained on, and those that none is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.exposure import Exposure
from fewbytes.errors import InputError
from fewbytes.learn import ArrayFeed
from fewbytes.learn.models import is_picture

POOL = 4000
"""Records, at most, that networks are trained on and that are attacked."""

POPULATION = 2000
"""Records, at most, that no network is trained on."""

LEAST = 100
"""Records of a pool."""


def feeds(exposure: Exposure) -> tuple[ArrayFeed, ArrayFeed]:
    """The pool, of the targets, and the population, of the records that an attacker knows.

    Raises:
        InputError: fewer than LEAST targets, codes that are not finite, or one class.
    """
    if len(exposure) < 2 * LEAST:
        raise InputError(f"{len(exposure)} records; shadow networks need at least {2 * LEAST}")
    if len(np.unique(exposure.labels)) < 2:
        raise InputError("1 class: there is nothing that a network could learn")
    first = exposure.targets.start
    known = min(exposure.known.stop, POPULATION)
    return _feed(exposure, slice(first, first + POOL)), _feed(exposure, slice(0, known))


def _feed(exposure: Exposure, rows: slice) -> ArrayFeed:
    values = exposure.as_values(exposure.codes[rows])
    shape = exposure.fitted.coefficient_shape
    picture = exposure.fitted.codec.spatial and len(shape) == 3
    return ArrayFeed(values.reshape(-1, *shape), exposure.labels[rows], picture)


def part(feed: ArrayFeed, rows: NDArray[Any] | slice) -> ArrayFeed:
    """Some rows of a feed."""
    return ArrayFeed(feed.inputs[rows], feed.labels[rows], feed.picture)


def queries(feed: ArrayFeed, shift: int) -> list[ArrayFeed]:
    """What a network is asked about each record: the record, and where it was trained on pictures
    that move by `shift` pixels, the picture moved so up, down, left and right, black coming in.
    """
    if not shift or not is_picture(feed.shape, feed.picture):
        return [feed]
    around = ((0, 0), (shift, shift), (shift, shift), (0, 0))
    padded = np.pad(feed.inputs, around)
    _, height, width, _ = feed.inputs.shape
    corners = [(1, 1), (0, 1), (2, 1), (1, 0), (1, 2)]
    return [
        ArrayFeed(
            padded[:, y * shift : y * shift + height, x * shift : x * shift + width],
            feed.labels, True,
        )
        for y, x in corners
    ]  # fmt: skip
