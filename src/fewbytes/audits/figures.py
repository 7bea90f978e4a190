"""Figures with their intervals, as attacks need them: shares, means, known numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from fewbytes.errors import InputError
from fewbytes.measures.measurement import DEVIATIONS, LEVEL, Measurement

LEAST = 30
"""Records below which the interval of a mean is doubted."""


def clopper_pearson(successes: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Ends of the exact two-sided interval of a share: Clopper & Pearson 1934, Biometrika 26.

    Raises:
        InputError: no trials, or more successes than trials.
    """
    if n < 1 or not 0 <= successes <= n:
        raise InputError(f"{successes} successes of {n} trials")
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes == n else float(betaincinv(successes + 1, n - successes, 1 - tail))
    return low, high


def share(name: str, successes: int, n: int, method: str, reference: str = "") -> Measurement:
    """A share of independent trials; its interval is exact."""
    low, high = clopper_pearson(successes, n)
    cited = "; ".join(filter(None, [reference, "Clopper & Pearson 1934, Biometrika 26"]))
    return Measurement(name, "share", successes / n, low, high, n, method, cited)


def mean(name: str, unit: str, each: NDArray[Any], method: str, reference: str = "") -> Measurement:
    """The mean of independent figures (n,), with a normal interval; doubted below LEAST of them.

    Raises:
        InputError: fewer than two.
    """
    n = len(each)
    if n < 2:
        raise InputError(f"{n} figures; an interval needs at least 2")
    centre = float(np.mean(each, dtype=np.float64))
    half = DEVIATIONS * float(np.std(each, ddof=1, dtype=np.float64)) / math.sqrt(n)
    found = Measurement(name, unit, centre, centre - half, centre + half, n, method, reference)
    return found if n >= LEAST else found.doubted(f"{n} figures; {LEAST} are needed")


def exactly(name: str, unit: str, value: float, method: str, reference: str = "") -> Measurement:
    """A figure without sampling error: known by arithmetic, or counted over all there is."""
    return Measurement(name, unit, value, value, value, 0, method, reference)
