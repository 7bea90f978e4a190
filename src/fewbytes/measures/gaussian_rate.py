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
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fewbytes.errors import InputError
from fewbytes.measures.measurement import DEVIATIONS, Measurement

LARGEST = 4096
"""Values of a record whose covariance is formed: 128 MiB."""

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

_VALUES = 1 << 22
"""Float64 values of records held at a time: 32 MiB."""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Of n records along the axes of their covariance: `variances` (d,), descending, and
    `products` (d, d), the means of y_i^2 y_j^2 over the centred coordinates y.
    """

    variances: Vector
    products: Vector
    n: int
    carry: float = math.inf
    """Records that the variance of their energies |y|^2 rests on: n / kurtosis of the energies."""
    skewness: float = 0.0
    """Of the energies."""


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


def spectrum(records: NDArray[Any]) -> Vector:
    """Eigenvalues (d,) of the covariance of records (n, ...), descending, of n - 1 as divisor.

    The mean is taken off before anything is squared, block by block.

    Raises:
        InputError: no two records, more than LARGEST values a record, NaN or infinite values.
    """
    flat = _flat(records)
    found = np.linalg.eigvalsh(_covariance(flat, _mean(flat)))[::-1]
    return np.ascontiguousarray(found.clip(0))


def moments(records: NDArray[Any]) -> Moments:
    """What `gaussian_bound` needs of records (n, ...), to be found once for many codecs.

    Raises:
        InputError: as `spectrum`.
    """
    flat = _flat(records)
    mean = _mean(flat)
    values, axes = np.linalg.eigh(_covariance(flat, mean))
    # float32, and scaled so as not to overflow: they go into standard errors and corrections only
    scale = float(values[-1]) if values[-1] > 0 else 1.0
    axes = (axes[:, ::-1] / math.sqrt(scale)).astype(np.float32)
    products, energies = np.zeros((len(values), len(values))), []
    for block in _blocks(flat):
        squares = np.square((block - mean).astype(np.float32) @ axes)
        products += squares.T @ squares
        energies.append(squares.sum(1, dtype=np.float64))
    variances = np.ascontiguousarray(values[::-1].clip(0))
    energy = np.concatenate(energies)
    energy = (energy - energy.mean()) / (energy.std() or 1.0)
    carry = float(len(flat) / np.mean(energy**4)) if energy.any() else math.inf
    products *= scale**2 / len(flat)
    return Moments(variances, products, len(flat), carry, float(np.mean(energy**3)))


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

    Called unreliable above CROWDED coded directions a record, and where the spread of the records'
    energies rests on fewer than LEAST records.

    Raises:
        InputError: as `spectrum`; a spectrum without `n`; an error that is negative or not finite.
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
        found = found.warned("no error is left, which takes a Gaussian infinitely many bits")
    elif middle.crowd > CROWDED:
        found = found.doubted(
            f"{known.n} records for {middle.crowd * known.n:.0f} coded directions: "
            f"too few to know the covariance"
        )
    if known.carry < LEAST and middle.value > 0:
        found = found.doubted(
            f"about {known.carry:.0f} of {known.n} records decide how far the covariance may be "
            f"off; {LEAST} are needed"
        )
    return found


def rate_gap(bits_an_image: float, bound: Measurement) -> Measurement:
    """A codec's real bits an image less the Gaussian bound at its error: `rate.gap`, "bits".

    Above zero is what a codec with the best linear transform and ideal coding could still save.
    Below zero the codec uses more of the images than their covariance, which the bound knows alone.

    Raises:
        InputError: a bound that is not available, bits that are negative or not finite.
    """
    if bound.value is None or bound.low is None or bound.high is None:
        raise InputError(f"{bound.name} is not available, so there is no gap to it")
    if not (math.isfinite(bits_an_image) and bits_an_image >= 0):
        raise InputError(f"bits must be finite and not negative, not {bits_an_image}")
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


def _at(known: Moments, distortion: float) -> _Rate:
    variances, n = known.variances, known.n
    level = water_level(variances, distortion)
    if level == 0:
        rate = math.inf if variances.any() else 0.0
        return _Rate(rate, rate, rate, 0.0)
    rate, bias = _bits(variances, level), _bias(known, level)
    weights = variances / np.maximum(variances, level)
    crowd = float(weights.sum()) / n
    lower = level * (1 - math.sqrt(crowd)) ** 2 if crowd < 1 else level
    slopes = 0.5 / np.maximum(variances, lower)  # of the rate in nats, by each variance
    spread = known.products - np.outer(variances, variances)
    standard = math.sqrt(max(0.0, float(slopes @ spread @ slopes)) / n) / math.log(2)
    at_water = abs(_bias(known, lower) - bias)
    error = DEVIATIONS * standard + max(at_water, abs(bias) * min(1.0, math.sqrt(crowd)))
    # beyond the total variance the rate is 0, and this many bits short of being more
    short = max(0.0, distortion - float(variances.sum())) * 0.5 / level / math.log(2)
    middle = rate - bias - short
    skew = max(0.0, known.skewness) * standard * (1 + 2 * DEVIATIONS**2) / (6 * math.sqrt(n))
    low, high = max(0.0, middle - error), max(0.0, middle + error + skew)
    return _Rate(low, max(0.0, middle), high, crowd)


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
        total += 0.25 / (level**2 * len(coded)) * max(0.0, noise_under)
    return total / known.n / math.log(2)


def _bits(variances: Vector, level: float) -> float:
    return 0.5 * float(np.log2(np.maximum(variances, level) / level).sum())


def _known(source: NDArray[Any] | Moments, n: int | None) -> Moments:
    if isinstance(source, Moments):
        return source
    if np.ndim(source) > 1:
        return moments(source)
    variances = np.sort(_variances(source))[::-1]
    if n is None or n < 2:
        raise InputError(f"a spectrum of {n} records; how many it comes from is needed, 2 or more")
    products = np.outer(variances, variances)
    np.fill_diagonal(products, 3 * variances**2)
    return Moments(variances, products, n)


def _variances(variances: ArrayLike) -> Vector:
    found = np.asarray(variances, dtype=np.float64)
    if found.ndim != 1 or len(found) == 0 or not np.isfinite(found).all() or (found < 0).any():
        raise InputError(f"variances must be (d,), finite and not negative, not {found.shape}")
    return found


def _flat(records: NDArray[Any]) -> NDArray[Any]:
    found = np.asarray(records)
    if found.dtype.kind not in "uif" or found.ndim < 2 or len(found) < 2 or found.size == 0:
        raise InputError(
            f"records must be numbers (n, ...), 2 records or more, not {found.dtype} {found.shape}"
        )
    flat = found.reshape(len(found), -1)
    if flat.shape[1] > LARGEST:
        raise InputError(f"{flat.shape[1]} values a record; a covariance takes at most {LARGEST}")
    return flat


def _blocks(flat: NDArray[Any]) -> Iterator[Vector]:
    rows = max(1, _VALUES // flat.shape[1])
    for start in range(0, len(flat), rows):
        yield flat[start : start + rows].astype(np.float64)


def _mean(flat: NDArray[Any]) -> Vector:
    total = np.zeros(flat.shape[1])
    for block in _blocks(flat):
        if not np.isfinite(block).all():
            raise InputError("records hold NaN or infinite values")
        total += block.sum(0)
    return total / len(flat)


def _covariance(flat: NDArray[Any], mean: Vector) -> Vector:
    total = np.zeros((len(mean), len(mean)))
    for block in _blocks(flat):
        block -= mean
        total += block.T @ block
    return total / (len(flat) - 1)
