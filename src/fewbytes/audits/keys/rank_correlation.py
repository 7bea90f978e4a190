"""Size of a rank correlation, with a jackknife interval on Fisher's scale.

Spearman's correlation (1904) is the same whatever increasing function is applied to either side.
Its standard error is had by leaving out one of BLOCKS blocks of records after another (Efron &
Tibshirani 1993, "An Introduction to the Bootstrap", chapter 11), since that of normal theory holds
for normal records only; the interval is symmetric on the scale atanh(r) (Fisher 1921).

Where sides hardly vary, a few records set the correlation, and leaving out blocks without any of
them shows nothing. Of 2,500 pairs of independent sides, intervals lay beyond 0 in 20 where one side
had but 6 of 200 figures off its commonest, and in 991 where both had 30 of 1,000; in no more than 7
where chance alone leaves LEAST_OFF_MODES records off both. Fewer are refused.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit
from scipy.stats import rankdata

from fewbytes.errors import InputError
from fewbytes.measures.measurement import LEVEL, Measurement

BLOCKS = 50

RECORDS = 4 * BLOCKS
"""Fewest that blocks are made of."""

LEAST_OFF_MODES = 30
"""Records that are expected to have neither the commonest figure of one side nor of the other."""

_CERTAIN = 1 - 1e-12

Floats = NDArray[np.float64]


def correlation_size(name: str, x: NDArray[Any], y: NDArray[Any], method: str) -> Measurement:
    """The absolute rank correlation of independent pairs of numbers (n,), no unit; its interval
    begins at 0 where the correlation may be none, of either sign.

    Raises:
        InputError: fewer than RECORDS, or one side does not vary, or hardly.
    """
    n = len(x)
    if n < RECORDS:
        raise InputError(f"{n} pairs of figures; their correlation needs at least {RECORDS}")
    found = spearman(x, y)
    _require_varying(x, y)
    block = np.arange(n) % BLOCKS
    without = [spearman(x[block != i], y[block != i]) for i in range(BLOCKS)]
    # not on Fisher's scale: where few records are out of order it runs away as they are left out
    error = math.sqrt((BLOCKS - 1) * float(np.var(without))) / (1 - found**2)
    half = float(stdtrit(BLOCKS - 1, (1 + LEVEL) / 2)) * error
    low, high = (math.tanh(math.atanh(found) + side * half) for side in (-1, 1))
    size, ends = abs(found), sorted((abs(low), abs(high)))
    if low <= 0 <= high:
        ends[0] = 0.0
    return Measurement(
        name, "", size, min(size, ends[0]), max(size, ends[1]), n, method,
        "Spearman 1904, Am. J. Psychol. 15; Efron & Tibshirani 1993, ch. 11 (the interval)",
    )  # fmt: skip


def _require_varying(x: NDArray[Any], y: NDArray[Any]) -> None:
    """Raise InputError unless enough figures of both sides are not the commonest."""
    n = len(x)
    first, second = (n - int(np.unique(side, return_counts=True)[1].max()) for side in (x, y))
    if first * second < LEAST_OFF_MODES * (n - 1):
        raise InputError(
            f"{min(first, second)} of {n} figures of one side, and {max(first, second)} of the "
            "other, are not its commonest: too few for a correlation"
        )


def spearman(x: NDArray[Any], y: NDArray[Any]) -> float:
    """Rank correlation of numbers (n,), equal ones at their mean rank, a hair short of -1 and 1.

    Raises:
        InputError: one side does not vary.
    """
    a, b = (rankdata(side) - (len(side) + 1) / 2 for side in (x, y))
    spread = math.sqrt(float(a @ a) * float(b @ b))
    if spread == 0:
        raise InputError(f"all {len(x)} figures are equal: nothing to correlate")
    return float(np.clip(float(a @ b) / spread, -_CERTAIN, _CERTAIN))
