"""The rate of a Gaussian source by reverse water-filling, and how far a codec is above it.

Of all sources with one covariance the Gaussian is the hardest to code: its rate at a mean square
error is an upper bound of the rate-distortion function of any of them (Berger 1971; Cover & Thomas,
exercise 10.8). Where the pixels' covariance has the eigenvalues v_i, a total square error D takes

    R(D) = sum_i 1/2 log2(v_i / D_i),   D_i = min(v_i, w),   sum_i D_i = D

(Cover & Thomas 2006, Theorem 10.3.3; first edition, Theorem 13.3.3, eq. 13.51). What lies under the
water level w is not coded at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fewbytes.errors import InputError
from fewbytes.measures.distortion.covariance import (
    EXTREME,
    LARGEST,
    Moments,
    Vector,
    cleaned,
    faint_below,
    gaussian_products,
    moments,
    rounding_floor,
    spectrum,
)
from fewbytes.measures.measurement import DEVIATIONS, Measurement

__all__ = [
    "LARGEST", "Moments", "gaussian_bound", "gaussian_rate", "moments", "rate_distortion_curve",
    "rate_gap", "spectrum", "water_level",
]  # fmt: skip

LEAST = 30
"""Records that a standard error must rest on."""

CROWDED = 0.2
"""Directions that are coded, for each record, above which the covariance is too poorly known."""

REFERENCE = (
    "Cover & Thomas 2006, Elements of Information Theory, Theorem 10.3.3 and exercise 10.8; "
    "Berger 1971, Rate Distortion Theory, section 4.5; Lawley 1956, Biometrika 43 (the bias); "
    "Johnson 1978, J. Am. Stat. Assoc. 73 (skewness)"
)
BOUND = (
    "an upper bound of the rate that images of this covariance need: "
    "a codec may be below it where they are not Gaussian"
)


def gaussian_rate(variances: ArrayLike, distortion: float) -> float:
    """Bits a vector of independent Gaussians of these variances (d,) takes at the total square
    error `distortion`, a sum over components. Infinite at 0, unless no component varies.

    Raises:
        InputError: a variance or distortion that is negative, NaN or infinite.
    """
    found = _variances(variances)
    level = water_level(found, distortion)
    if level == 0:
        return math.inf if found.any() else 0.0
    return _bits(found, level)


def water_level(variances: Vector, distortion: float) -> float:
    """w, so that the min(v_i, w) add up to `distortion`; the largest v where it is beyond reach."""
    if not (math.isfinite(distortion) and distortion >= 0):
        raise InputError(f"a distortion must be finite and not negative, not {distortion}")
    rising = np.sort(variances)
    # with the k smallest under water, the level is (D - their sum) / (d - k)
    under = np.concatenate([[0.0], np.cumsum(rising)[:-1]])
    levels = (distortion - under) / np.arange(len(rising), 0, -1)
    fits = np.flatnonzero(levels <= rising)
    return max(0.0, float(levels[fits[0]])) if len(fits) else float(rising[-1])


def rate_distortion_curve(variances: ArrayLike, points: int = 100) -> tuple[Vector, Vector]:
    """(mse, bits), each (points,): R(D) by the mean square error of a component, errors falling.

    From 0 bits on, water levels fall evenly on a logarithmic scale, to a tenth of the smallest
    variance above 0 (and of a millionth of the largest, where that is more).

    Raises:
        InputError: variances that are not; all of them 0; fewer than 2 points.
    """
    found = _variances(variances)
    if not found.any() or points < 2:
        raise InputError(f"{points} points of {np.count_nonzero(found)} variances above 0")
    top = float(found.max())
    levels = np.geomspace(top, max(float(found[found > 0].min()), top * 1e-6) / 10, points)
    errors = np.array([np.minimum(found, level).mean() for level in levels])
    return errors, np.array([_bits(found, float(level)) for level in levels])


def gaussian_bound(
    source: NDArray[Any] | Moments, mse: float | Measurement, *, n: int | None = None
) -> Measurement:
    """Bits an image that a Gaussian source of the same covariance takes at `mse`: `rate.gaussian`.

    `source`: the original records (n, ...); their `moments`; or a spectrum (d,), of `n` records,
    whose sampling error is then that of Gaussian records. `mse`: the mean square error of a pixel
    value; a Measurement's ends widen the interval.

    The value is the plug-in less its second-order bias: a sample's spectrum is wider than the true
    one, so that the plug-in is too low, by k (k + 1) / 4n nats where all of k components are coded
    (Lawley 1956, with the sample's own fourth moments). The interval is normal, from the variance
    of the D-tilted information sum_i y_i^2 / (2 max(v_i, w)), and wider by what the correction may
    be off: times the square root of coded directions over records, a sampled spectrum's relative
    error; or its change where the water falls by as much as sampled eigenvalues spread (Marchenko
    & Pastur 1967), where that is more: components at the water count as coded or not by chance.
    The tilted information is taken at the lower water, too. Its skewness, for which the energies'
    stands, moves the upper end out (Johnson 1978): what makes a sample's variances small makes
    their standard errors small.

    The covariance is known to the rounding of float64, `rounding_floor` of each variance: what that
    makes of the rate, at most half of it over the water, in nats, for each direction, is added to
    either side.

    Called unreliable above CROWDED coded directions a record; where the spread of the records'
    energies rests on fewer than LEAST records; where the water is below the covariance's rounding;
    and where directions are coded whose fourth moments are not known (`moments`). Records that are
    far larger than others and so rare that the sample has none of them cannot be told of: one in
    500 is missed by a third of samples of 500 records, and the bound is then that of the others.

    Raises:
        InputError: as `spectrum`; a spectrum without `n`, or of variances that EXTREME excludes; an
            error that is negative or not finite.
    """
    known = _known(source, n)
    d = len(known.variances)
    ends = (mse.low, mse.value, mse.high) if isinstance(mse, Measurement) else (mse, mse, mse)
    if None in ends:
        raise InputError("a mean square error without an interval")
    least, middle, most = (_at(known, float(end or 0.0) * d) for end in ends)
    found = Measurement(
        "rate.gaussian", "bits", middle.value,
        min(middle.value, most.low), max(middle.value, least.high), known.n,
        f"reverse water-filling of {d} variances; {BOUND}", REFERENCE, warnings=(BOUND,),
    )  # fmt: skip
    if math.isinf(middle.value):
        return found.warned("no error is left, which takes a Gaussian infinitely many bits")
    doubts = _doubts(known, middle)
    return found.doubted(*doubts) if doubts else found


def _doubts(known: Moments, found: _Rate) -> list[str]:
    variances, n, floor = known.variances, known.n, rounding_floor(known.variances)
    faint = (variances > found.level) & (variances < faint_below(variances))
    doubts = {
        f"{n} records for {found.crowd * n:.0f} coded directions: too few to know the covariance":
            found.crowd > CROWDED,
        f"about {known.carry:.0f} of {n} records decide how far the covariance may be off; "
        f"{LEAST} are needed": known.carry < LEAST and found.value > 0,
        f"water of {found.level:.2g}, where the covariance is known to {floor:.2g} alone":
            found.level < floor,
        f"{faint.sum()} coded directions are too faint for their fourth moments": faint.any(),
    }  # fmt: skip
    return [doubt for doubt, holds in doubts.items() if holds]


def rate_gap(bits_an_image: float, bound: Measurement) -> Measurement:
    """A codec's real bits an image less the Gaussian bound at its error: `rate.gap`, "bits".

    Above zero is what a codec with the best linear transform and ideal coding could still save.
    Below zero the codec uses more of the images than their covariance, which the bound knows alone.
    Not available where the bound is infinite, as for a codec without loss.

    Raises:
        InputError: a bound that is not available, bits that are negative or not finite.
    """
    if bound.value is None or bound.low is None or bound.high is None:
        raise InputError(f"{bound.name} is not available, so there is no gap to it")
    if not (math.isfinite(bits_an_image) and bits_an_image >= 0):
        raise InputError(f"bits must be finite and not negative, not {bits_an_image}")
    if math.isinf(bound.value):
        reason = "no error is left, and the Gaussian bound is infinite there"
        return Measurement.unavailable("rate.gap", "bits", reason, bound.n)
    gap = Measurement(
        "rate.gap", "bits", bits_an_image - bound.value,
        bits_an_image - bound.high, bits_an_image - bound.low, bound.n,
        f"{bits_an_image:g} bits an image less {bound.name}", bound.reference,
        bound.means, bound.verdict, bound.warnings,
    )  # fmt: skip
    if gap.high is not None and gap.high < 0:
        return gap.warned("below the bound: the codec uses more than the images' covariance")
    return gap


@dataclass(frozen=True)
class _Rate:
    """Bits at one distortion, the bias taken off, their interval, and coded directions a record."""

    low: float
    value: float
    high: float
    crowd: float
    level: float


def _at(known: Moments, distortion: float) -> _Rate:
    variances, n = known.variances, known.n
    level = water_level(variances, distortion)
    if level == 0:
        rate = math.inf if variances.any() else 0.0
        return _Rate(rate, rate, rate, 0.0, level)
    rate, bias = _bits(variances, level), _bias(known, level)
    weights = variances / np.maximum(variances, level)
    crowd = float(weights.sum()) / n
    lower = level * max(1e-3, 1 - math.sqrt(crowd)) ** 2 if crowd < 1 else level
    slopes = 0.5 / np.maximum(variances, lower)  # of the rate in nats, by each variance
    spread = known.products - np.outer(variances, variances)
    standard = math.sqrt(max(0.0, float(slopes @ spread @ slopes)) / n) / math.log(2)
    at_water = abs(_bias(known, lower) - bias)
    error = DEVIATIONS * standard + max(at_water, abs(bias) * min(1.0, math.sqrt(crowd)))
    error += 0.5 * len(variances) * rounding_floor(variances) / level / math.log(2)
    # beyond the total variance the rate is 0, and this many bits short of being more
    short = max(0.0, distortion - float(variances.sum())) * 0.5 / level / math.log(2)
    middle = rate - bias - short
    skew = max(0.0, known.skewness) * standard * (1 + 2 * DEVIATIONS**2) / (6 * math.sqrt(n))
    low, high = max(0.0, middle - error), max(0.0, middle + error + skew)
    return _Rate(low, max(0.0, middle), high, crowd, level)


def _bias(known: Moments, level: float) -> float:
    """Bits by which the plug-in rate is off on average, to the order 1/n.

    With S = V + E, the rate moves by -1/2 sum_ij b_ij E_ij^2 to second order, where b_ij are the
    divided differences of `slopes` (their derivative on the diagonal, and where variances agree);
    and by the water that uncoded components displace.
    """
    variances = known.variances
    slopes = 0.5 / np.maximum(variances, level)
    coded = np.flatnonzero(variances > level)
    uncoded = np.flatnonzero(variances <= level)
    total = 0.0
    for i in coded:
        bend = np.empty(len(variances))
        bend[coded] = 0.5 / (variances[i] * variances[coded])
        bend[uncoded] = (slopes[uncoded] - slopes[i]) / (variances[i] - variances[uncoded])
        noise = known.products[i].copy()
        noise[i] -= variances[i] ** 2
        weight = np.ones(len(variances))
        weight[uncoded] = 2.0  # b is symmetric, and the other half is not walked
        total -= 0.5 * float((weight * bend) @ noise)
    if len(coded) and len(uncoded):
        under = known.products[np.ix_(uncoded, uncoded)]
        noise_under = float(under.sum()) - float(variances[uncoded].sum()) ** 2
        total += 0.25 / len(coded) * max(0.0, noise_under) / level / level
    return total / known.n / math.log(2)


def _bits(variances: Vector, level: float) -> float:
    return 0.5 * float((np.log2(variances[variances > level]) - math.log2(level)).sum())


def _known(source: NDArray[Any] | Moments, n: int | None) -> Moments:
    if isinstance(source, Moments):
        return source
    try:
        source = np.asarray(source)
    except ValueError:
        raise InputError("records must be numbers (n, ...), all of one shape") from None
    if source.ndim > 1:
        return moments(source)
    variances = cleaned(np.sort(_variances(source))[::-1])
    if n is None or n < 2:
        raise InputError(f"a spectrum of {n} records; how many it comes from is needed, 2 or more")
    if variances[0] > EXTREME**2 or 0 < variances[0] < 1 / EXTREME**2:
        raise InputError(
            f"the largest variance is {variances[0]:g}; "
            f"the bound takes {1 / EXTREME**2:g} to {EXTREME**2:g}"
        )
    return Moments(variances, gaussian_products(variances), n)


def _variances(variances: ArrayLike) -> Vector:
    try:
        found = np.asarray(variances, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("variances must be numbers (d,)") from None
    if found.ndim != 1 or len(found) == 0 or not np.isfinite(found).all() or (found < 0).any():
        raise InputError(f"variances must be (d,), finite and not negative, not {found.shape}")
    return found
