"""From log-odds to probabilities in whole numbers, so that every machine finds the same."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 64
"""Log-odds are counted in 64ths of a nat."""

LARGEST = 12 * STEPS
"""Beyond, a probability is as near to 0 or 1 as it gets."""

ONE = 1 << 16
"""Probabilities are counted in 65,536ths, from 1 to 65,535."""

_FRACTION_BITS = 128


@cache
def table() -> NDArray[np.int64]:
    """Probability by log-odds, from -LARGEST to LARGEST: ONE / (1 + e^-z), by whole numbers."""
    one = 1 << _FRACTION_BITS
    growth, term, k = one, one, 0  # e^(1/STEPS) as the sum of its series
    while term:
        k += 1
        term //= STEPS * k
        growth += term
    odds, ups = one, []
    for _ in range(LARGEST + 1):
        ups.append((ONE * odds + (odds + one) // 2) // (odds + one))
        odds = odds * growth >> _FRACTION_BITS
    values = [ONE - p for p in ups[:0:-1]] + ups
    bounded: NDArray[np.int64] = np.clip(np.array(values, np.int64), 1, ONE - 1)
    return bounded


def probability(log_odds: NDArray[Any]) -> NDArray[np.int64]:
    """Probabilities of log-odds, whole numbers of any type and shape."""
    bounded = np.minimum(np.maximum(log_odds, -LARGEST), LARGEST)  # quicker than np.clip
    result: NDArray[np.int64] = table()[bounded.astype(np.int64) + LARGEST]
    return result


def log_odds(ones: NDArray[Any], total: NDArray[Any]) -> NDArray[np.float64]:
    """Log-odds of a decision seen `ones` times of `total`, in nats, with half a count added each
    way (Krichevsky and Trofimov 1981). For fitting alone: it is not exact.
    """
    result: NDArray[np.float64] = np.log((ones + 0.5) / (total - ones + 0.5))
    return result
