"""How many of n alike records go one way: the binomial distribution, in whole numbers.

Coding the number k instead of n single decisions saves log2 of the binomial coefficient: the
order of the records, which is free (Steinruecken 2016, "Compressing sets and multisets of
sequences", section IV). Weights are found from the mode outwards, by

    w(k + 1) = w(k) (n - k) p / ((k + 1) (1 - p))

rounded down in 64-bit whole numbers, and nowhere below LEAST, so that whatever happens has a code.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fewbytes.entropy.logistic import ONE

MOST = 1 << 16
"""Records of a group, at most: then no product below reaches 2^63."""

_SMALL = 16
"""Groups below this size have a table of all their counts."""

_PEAK, LEAST = 1 << 30, 1 << 6
"""Weights of the mode, and of what all but never happens: as little as the range coder can tell."""

_REACH = 8
"""Standard deviations that a table of a large group reaches."""

Numbers = NDArray[np.int64]


def mode(n: Numbers, p: Numbers) -> Numbers:
    """The likeliest number of ones."""
    result: Numbers = np.minimum((n + 1) * p // ONE, n)
    return result


def tables(n: Numbers, p: Numbers) -> Iterator[tuple[Numbers, Numbers, Numbers]]:
    """Tables for groups of sizes n (g,) whose records are ones with probability p / ONE.

    Yields:
        groups of similar size (m,), the count that their first column stands for (m,), and the
        weights of counts from there on (m, columns).
    """
    spread = np.sqrt(n * p * (ONE - p) >> 32).astype(np.int64)  # of exact squares, or 1 below
    reach = np.where(n < _SMALL, n, _SMALL + _REACH * _power_of_two(spread))
    kind = np.where(n < _SMALL, n, -reach)
    for one in np.unique(kind):
        rows = np.flatnonzero(kind == one)
        centre = mode(n[rows], p[rows])
        if one >= 0:
            first, columns = np.zeros_like(centre), int(one) + 1
        else:
            first, columns = centre + one, 1 - 2 * int(one)
        yield rows, first, _weights(n[rows], p[rows], centre, first, columns)


def _power_of_two(values: Numbers) -> Numbers:
    """The lowest power of two above each value."""
    return np.left_shift(1, np.frexp(values.astype(np.float64))[1].astype(np.int64))


def _weights(n: Numbers, p: Numbers, centre: Numbers, first: Numbers, columns: int) -> Numbers:
    """Weights (m, columns) of the counts first, first + 1, ..."""
    weights = np.zeros((columns, len(n)), np.int64)
    lanes = np.arange(len(n))
    weights[centre - first, lanes] = _PEAK
    q = ONE - p
    start = centre - first
    for column in range(int(start.min()) + 1, columns):  # upwards
        k = first + column - 1
        grown = weights[column - 1] * np.maximum(n - k, 0) * p // (np.maximum(k + 1, 1) * q)
        weights[column] = np.where(column > start, grown, weights[column])
    for column in range(int(start.max()) - 1, -1, -1):  # downwards
        k = first + column
        grown = weights[column + 1] * np.maximum(k + 1, 0) * q // (np.maximum(n - k, 1) * p)
        weights[column] = np.where(column < start, grown, weights[column])
    return np.maximum(weights.T, LEAST)
