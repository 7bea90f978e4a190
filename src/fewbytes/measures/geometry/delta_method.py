"""Intervals of smooth functions of means, by the delta method, corrected for skewness.

A. W. van der Vaart, Asymptotic Statistics, 1998, section 3.1; P. Hall, Journal of the Royal
Statistical Society B 54(1), 1992, eq. 2.3, for the correction.
"""

from __future__ import annotations

import math

import numpy as np

from fewbytes.measures.measurement import DEVIATIONS

REFERENCE = (
    "delta method: A. W. van der Vaart, Asymptotic Statistics, 1998, section 3.1; "
    "skewness: P. Hall, J. R. Statist. Soc. B 54, 1992, eq. 2.3"
)

LEAST_WEIGHT = 50
"""Records that must share what an error comes from, n / kurtosis: of fewer the next sample may
have none or twice as many, and its error says little of the one of this sample."""


def ends(pulls: np.ndarray) -> tuple[float, float]:
    """How far below and above a figure its interval ends, from what each record pulls (n,) at it.

    Both the normal interval and the one that allows for skewness lie within these ends.
    """
    n, deviation = len(pulls), float(pulls.std())
    if deviation == 0:
        return 0.0, 0.0
    scaled = (pulls - pulls.mean()) / deviation
    skew, unit = float((scaled**3).mean()) / math.sqrt(n), deviation / math.sqrt(n)
    corrected = [_inverse(skew, sign * DEVIATIONS) for sign in (1, -1)]
    return unit * max(DEVIATIONS, corrected[0]), unit * max(DEVIATIONS, -corrected[1])


def weight(pulls: np.ndarray) -> float:
    """So many of the records (n,) carry the variance of their pulls (Kish): n / kurtosis."""
    squares = np.square(pulls - pulls.mean())
    total = float(squares.sum())
    return total**2 / float(np.square(squares).sum()) if total > 0 else float(len(pulls))


def _inverse(skew: float, t: float) -> float:
    """Hall's u of t = u + skew u^2 / 3 + skew^2 u^3 / 27 + skew / 6, skew over sqrt n."""
    if abs(skew) < 1e-9:
        return t
    return 3 / skew * (float(np.cbrt(1 + skew * (t - skew / 6))) - 1)
