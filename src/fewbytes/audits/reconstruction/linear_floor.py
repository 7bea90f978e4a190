"""The floor of the error of linear attackers: the Bayes error of the linear estimate.

    trace(C_xx - C_xy C_yy^-1 C_yx) / pixels

(Kay 1993, "Estimation Theory", equation 12.27) for pixels x and coefficients y. For a linear codec
and noise of covariance N without correlation with the image, C_xy = C A and C_yy = A'C A + N, and
this is trace(C - C A (A'C A + N)^-1 A'C) / pixels. The moments are those of all records, known and
targets: no attacker learns here, and none who is linear could know more.

Moments of n records flatter. Their best linear estimate fits them too well: its residuals are on
average below the floor. Residuals of each record by a fit to all others, e / (1 - h) with h its
leverage, are above it, as no fit beats the best; this fit is a ridge regression, lest coefficients
that hardly ever vary have a say. These are the two ends, whatever the distribution, but that the
mean image is a linear estimate, too, and no floor lies above its error. The figure is the residual
with n - r - 1 for its divisor, r the independent coefficients.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.attack import Settings
from fewbytes.audits.exposure import IDENTITY, NOISE, Exposure, require
from fewbytes.audits.figures import exactly
from fewbytes.audits.finding import Trial
from fewbytes.audits.reconstruction.guess import RECORDS, guess_of
from fewbytes.audits.reconstruction.least_squares import principal_axes
from fewbytes.audits.reconstruction.skewed_mean import mean_error
from fewbytes.errors import InputError
from fewbytes.measures.distortion.fidelity import psnr
from fewbytes.measures.measurement import Means, Measurement

NAME = "reconstruction.floor"

LARGEST = 4096
"""Values of an image or a code whose moments are formed."""

RECORDS_A_VALUE = 1.5
"""At least, so that residuals are left to judge by, in the controls, too."""

_ROUNDING = 1e-3
"""Grey levels: an image of which no pixel is farther off is exact."""

DAMPING = 1e-5
"""The ridge penalty, a share of the largest eigenvalue."""

_FREE = 1e-9
"""Least 1 - h."""

_ROWS = 1024


@dataclass(frozen=True)
class Residuals:
    """Mean square residuals (n,) of each image."""

    fitted: NDArray[np.float64]
    """By the fit to all."""
    left_out: NDArray[np.float64]
    """By a fit to all others; 0 where the fit to all is exact."""
    of_mean: NDArray[np.float64]
    """By the mean of all others."""
    rank: int
    """Independent coefficients."""


def linear_floor(exposure: Exposure, settings: Settings) -> list[Trial]:
    """`reconstruction.floor`, dB: of codes that are the images, infinite; of noise, that of the
    mean image.

    Raises:
        InputError: too few records for such images or codes, or too large ones.
    """
    size = max(exposure.pixels.shape[1], exposure.values.shape[1])
    if size > LARGEST:
        raise InputError(f"records of {size:,} values; moments are formed up to {LARGEST:,}")
    least = max(RECORDS, math.ceil(RECORDS_A_VALUE * size))
    require(exposure, least, f"a floor by the moments of {size:,} values")
    return [Trial(floor(exposure), expected=_expected(exposure))]


def floor(exposure: Exposure) -> Measurement:
    """The floor as PSNR."""
    found = residuals(exposure.values, exposure.pixels)
    n = len(found.fitted)
    value = float(found.fitted.sum()) / (n - found.rank - 1)
    low = max(0.0, min(value, _end(found.fitted, 0)))
    high = max(value, min(_end(found.left_out, 1), _end(found.of_mean, 1)))
    error = Measurement(
        "mse", "grey levels^2", value, low, high, n, "",
        'Kay 1993, "Estimation Theory", equation 12.27; ends: residuals of the fit to all records, '
        "and of each by the fit to the others",
        Means.BOUNDS,
    )  # fmt: skip
    method = f"linear Bayes error by the moments of all records, {found.rank} coefficients"
    return replace(psnr(error), name=NAME, method=method)


def residuals(values: NDArray[np.float32], pixels: NDArray[np.float32]) -> Residuals:
    """Of the regression of pixels (n, p) on coefficients (n, d)."""
    x = pixels - pixels.mean(0, dtype=np.float64)
    y = values - values.mean(0, dtype=np.float64)
    spectrum, axes = principal_axes(y)
    scores = y @ (axes / np.sqrt(spectrum))
    weights = scores.T @ x
    damped = spectrum / (spectrum + DAMPING * spectrum.max(initial=0.0))
    free = (1 - 1 / len(x) - np.square(scores) @ damped).clip(_FREE)
    fitted, left_out = np.zeros(len(x)), np.zeros(len(x))
    for start in range(0, len(x), _ROWS):
        rows = slice(start, start + _ROWS)
        apart = x[rows] - scores[rows] @ weights
        others = x[rows] - (scores[rows] * damped) @ weights
        inexact = np.abs(apart).max(1) >= _ROUNDING
        fitted[rows] = inexact * np.square(apart).mean(1)
        left_out[rows] = inexact * np.square(others).mean(1) / np.square(free[rows])
    of_mean = np.square(x).mean(1) * (len(x) / (len(x) - 1)) ** 2
    return Residuals(fitted, left_out, of_mean, len(spectrum))


def _end(each: NDArray[np.float64], which: int) -> float:
    """An end of the interval of the mean of figures (n,)."""
    found = mean_error(each)
    assert found.low is not None
    assert found.high is not None
    return (found.low, found.high)[which]


def _expected(exposure: Exposure) -> Measurement | None:
    if exposure.kind == IDENTITY:
        return exactly(NAME, "dB", math.inf, "nothing is left over")
    return guess_of(exposure).psnr if exposure.kind == NOISE else None
