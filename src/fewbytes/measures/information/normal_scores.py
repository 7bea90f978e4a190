"""Vectors made ready for neighbours: few coordinates, each of a normal shape.

Information does not change when each coordinate is mapped by its own increasing function. Mapped to
the normal scores of its ranks, none has far records, and no scale of its own.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh
from scipy.special import ndtri
from scipy.stats import rankdata

from fewbytes.errors import InputError
from fewbytes.measures.vectors import rounding

MOST_DIMENSIONS = 8
"""Of a vector: above, the checks on neighbours fail for all but the weakest dependence."""

COMPONENTS = 4
"""Principal components kept of a vector of more."""

_DITHER = 1e-10
"""In standard deviations: breaks ties. Below the distance of any two ranks, and so it adds no
error; among equal codes neighbours become random, which leaves their information as it is."""


def normal_scores(
    array: np.ndarray, what: str, rng: np.random.Generator
) -> tuple[np.ndarray, list[str]]:
    """Coordinates (n, d) that vary, as normal scores without ties, and a note where d was above 8:
    then of the 4 leading principal components, less where they are but rounding.

    Raises:
        InputError: nothing varies by more than rounding.
    """
    x, notes = array[:, np.ptp(array, axis=0) > 0], []
    if x.shape[1] == 0:
        raise InputError(f"the {what} do not vary: they tell nothing")
    if x.shape[1] > MOST_DIMENSIONS:
        x = _principal(x, what)
        some = f"{x.shape[1]} principal components" if x.shape[1] > 1 else "one principal component"
        notes.append(f"{some} of {what} of {array.shape[1]} dimensions")
    scores = ndtri((rankdata(x, axis=0) - 0.5) / len(x))
    return scores + rng.uniform(-_DITHER, _DITHER, scores.shape), notes


def _principal(array: np.ndarray, what: str) -> np.ndarray:
    """The leading principal components (n, 4) of (n, d), exact; fewer where the rank is less."""
    x, step = array.astype(np.float64), rounding(array.dtype)
    x /= np.abs(x).max()
    x -= x.mean(0)
    wide = x.shape[1] > x.shape[0]
    size = min(x.shape)
    squares, vectors = eigh(
        x @ x.T if wide else x.T @ x, subset_by_index=[size - COMPONENTS, size - 1]
    )
    # rounding of the sums, and that of numbers up to 1 as they were given
    least = size * np.finfo(float).eps * squares[-1] + len(x) * step**2
    kept = squares > least
    if not kept.any():
        raise InputError(f"the {what} vary by no more than rounding: they tell nothing")
    squares, vectors = squares[kept], vectors[:, kept]
    found: np.ndarray = vectors * np.sqrt(squares) if wide else x @ vectors
    return _snapped(found)[:, ::-1]


def _snapped(x: np.ndarray) -> np.ndarray:
    """Components with what only rounding tells apart made equal, so that ranks do not see it."""
    step = 1e-12 * np.abs(x).max()
    found: np.ndarray = np.round(x / step) * step
    return found
