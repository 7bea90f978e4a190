"""Mean square error with an interval that holds where the normal one is doubted.

Where few images make most of the error, as after a map that is exact for nearly all, a normal
interval is not to be trusted. The empirical Bernstein bound asks for nothing but errors between 0
and 255^2 (Maurer & Pontil 2009, COLT, theorem 4): wide, and enough to tell a rebuilt image from the
mean image.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from fewbytes.measures.distortion.fidelity import PEAK, squared_error
from fewbytes.measures.measurement import LEVEL, Measurement, Verdict
from fewbytes.types import Images


def bounded_error(originals: Images, decoded: Images) -> Measurement:
    """`squared_error` of images (n, h, w, c), or where that doubts its interval, a wider one.

    Raises:
        InputError: as `squared_error`.
    """
    found = squared_error(originals, decoded)
    if found.verdict is Verdict.RELIABLE:
        return found
    assert found.value is not None
    each = np.array([_error(a, b) for a, b in zip(originals, decoded, strict=True)])
    half = empirical_bernstein(float(each.var(ddof=1)), len(each), PEAK**2)
    return replace(
        found, low=max(0.0, found.value - half), high=min(float(PEAK**2), found.value + half),
        reference="Maurer & Pontil 2009, COLT, theorem 4 (the interval)",
        verdict=Verdict.RELIABLE, warnings=(),
    )  # fmt: skip


def empirical_bernstein(variance: float, n: int, width: float) -> float:
    """How far the mean of n figures of that sample variance, in a range of `width`, may be off on
    either side, at LEVEL.
    """
    tail = math.log(2 / ((1 - LEVEL) / 2))
    return math.sqrt(2 * variance * tail / n) + 7 * width * tail / (3 * (n - 1))


def _error(original: Images, decoded: Images) -> float:
    apart = original.astype(np.int32) - decoded
    return float(np.square(apart).mean())
