"""Intrinsic dimension: of the surface that the codes lie on, from distances to nearest neighbours.

It is no measure of information: binarising MNIST destroys information and raises the dimension
from 13.7 to 18.7. It says how many neighbours there are at twice the distance, and no more; a strip
thinner than the distance between neighbours is a line.

Both estimates read low where neighbours are far (edges, curvature, density that changes), the more
so the higher the dimension, and grow with the sample. That share of points whose neighbourhood is
cut by an edge falls as n^(-1/d), and the bias with it; so the change from a quarter of the sample
to all of it, extrapolated at that rate and with its own sampling error, bounds what is missing. The
bound comes from the estimate by maximum likelihood, whose noise is less and whose neighbours are
farther, so that it is biased more, and it is used for both. Where density changes faster than that
the two estimates part; so the interval of the latter takes in that of the former, and figures that
part by more than their errors are doubted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from fewbytes.errors import InputError
from fewbytes.measures.geometry.nearest_records import nearest_records
from fewbytes.measures.measurement import DEVIATIONS, Measurement
from fewbytes.measures.vectors import as_vectors, checked_seed, rounding

LEAST = 200
"""Distinct records: a quarter of them must still have ten neighbours close by."""

ENOUGH = 1_000
"""Distinct records: with fewer the rate at which the bias falls is not yet seen."""

MOST = 8_000
"""Records: all pairs of distances are formed, 1 s to 4 s of them."""

MOST_MISSING = 0.2
"""Share of the figure that may be missing by extrapolation before it is called a lower bound."""

MOST_UNEVEN = 3.0
"""Nats by which log densities may spread: a Gaussian's by 1, those of a product of lognormals of
sigma by 1.6 sigma, and of 3 the bias falls slower than n^(-1/d)."""

MOST_TIES = 0.01
"""Share of records whose two nearest neighbours may be equally far: never where codes are
continuous, often on a lattice, whose dimension at its own step is no property of the data."""

TIE = 1e-4
"""Share by which two distances may differ and still be equal, beside rounding: a turned lattice has
no exact ties. Of continuous codes of dimension d, a share d * TIE are as near."""

_TWO_NN = "E. Facco et al., Scientific Reports 7:12140, 2017, eq. 5; F. Denti et al. 2022, eq. 5"
_ML = (
    "E. Levina & P. Bickel, NIPS 2004, eq. 8; harmonic mean: D. MacKay & Z. Ghahramani 2005, eq. 5"
)


@dataclass(frozen=True)
class _Estimate:
    """A dimension, its standard error, the share of records with tied neighbours, and the standard
    deviation of the log density that neighbours see, in nats.
    """

    figure: float
    error: float
    ties: float = 0.0
    uneven: float = 0.0


def intrinsic_dimension(
    values: np.ndarray, *, seed: int = 0, sizes: tuple[int, int] | None = None
) -> list[Measurement]:
    """`dimension.two_nn` and `dimension.ml` in dimensions, and both again as `.half`.

    values: (n, ...) coefficients. sizes: records of the half and of the whole, the former at most
    half of the latter; n / 2 and n where nothing is said, and 4,000 and 8,000 at most. The half is
    the mean over as many disjoint parts of the whole as there are. An interval is that of
    the figure and that of the figure with what is missing, each with its sampling error, together.

    Repeated records are left out, and counted in a warning. A figure of which more than a fifth may
    be missing is called unreliable; so are those of codes on a lattice, of fewer than 1,000
    records, of very uneven density, and of two estimates that disagree.

    Raises:
        InputError: empty or not finite values, wrong sizes, or fewer than 200 distinct records.
    """
    points, warnings = _distinct(as_vectors(values, "values"), checked_seed(seed), sizes)
    small, large = _sizes(len(points), sizes)
    points = points[:large]
    whole, half, quarter = (_estimates(points, size) for size in (large, small, large // 4))
    missing = _missing(quarter[1], whole[1])
    doubts = _doubts(missing.figure, whole, large)
    found = []
    farther = (large / small) ** (1 / whole[1].figure)  # so much more is missing of the half
    more = _Estimate(missing.figure * farther, missing.error * farther)
    for name, paper, i in (("two_nn", _TWO_NN, 0), ("ml", _ML, 1)):
        full = _measurement(f"dimension.{name}", whole[: i + 1], missing, large, paper)
        found += [full, _measurement(f"{full.name}.half", half[: i + 1], more, small, paper)]
    found = [one.warned(*warnings) for one in found]
    return [one.doubted(*doubts) for one in found] if doubts else found


def neighbourhood_variance(scores: np.ndarray, nearest: np.ndarray) -> float:
    """Variance of the sum of scores (n,), of mean 0 each; nearest: (n, k) indices of neighbours.

    Records with common neighbours are correlated. Two of them count by the share of their
    neighbourhoods (themselves included) in common, which is never negative as a whole, as Bartlett
    weights are for time series (W. Newey & K. West, Econometrica 55, 1987, eq. 5).
    """
    n, k = nearest.shape
    sums: np.ndarray = scores + np.bincount(
        nearest.ravel(), weights=np.repeat(scores, k), minlength=n
    )
    return float(np.square(sums).sum()) / int(k + 1)


def _distinct(
    values: np.ndarray, seed: int, sizes: tuple[int, int] | None
) -> tuple[np.ndarray, list[str]]:
    """Each record once, in random order, and a warning of how many were left out. No more are
    looked at than three times what can be used.
    """
    order = np.random.default_rng(seed).permutation(len(values))
    seen = order[: 3 * max(MOST, *(sizes or (0, 0)))]
    rows = values[seen]
    rows += rows.dtype.type(0)  # -0.0 is 0.0
    keys = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
    first = np.sort(np.unique(keys, return_index=True)[1])
    if len(first) == 1:
        raise InputError("the values do not vary: every record is the same")
    if len(first) < LEAST:
        raise InputError(f"{len(first)} distinct records; the dimension needs at least {LEAST}")
    again = len(seen) - len(first)
    warnings = [f"{again:,} repeated records of {len(seen):,} left out"] if again else []
    return rows[first], warnings


def _sizes(n: int, sizes: tuple[int, int] | None) -> tuple[int, int]:
    small, large = sizes or (min(n, MOST) // 2, min(n, MOST))
    if not (LEAST // 4 <= small <= large // 2 and LEAST <= large <= n):
        raise InputError(
            f"sizes {small} and {large} of {n} distinct records: they need at least {LEAST // 4} "
            f"and {LEAST}, the former at most half of the latter"
        )
    return small, large


def _estimates(points: np.ndarray, size: int) -> tuple[_Estimate, _Estimate]:
    """TwoNN and maximum likelihood: the means over disjoint parts of so many records."""
    found = []
    for start in range(0, len(points) - size + 1, size):
        part = points[start : start + size]
        distances, nearest = nearest_records(part)
        if not distances[:, 0].all():
            raise InputError("distinct records at distance zero: their squares are too small")
        ties = _ties(part, distances)
        two = _pareto(np.log(distances[:, 1:2] / distances[:, :1]), nearest[:, :2], ties)
        logs = np.log(distances[:, -1:] / distances[:, :-1])
        many = _pareto(logs, nearest, ties)
        found.append(
            (two, replace(many, uneven=many.figure * float(np.log(distances[:, -1]).std())))
        )
    return _together([one for one, _ in found]), _together([one for _, one in found])


def _ties(points: np.ndarray, distances: np.ndarray) -> float:
    """The share of records whose two nearest neighbours are equally far, but for rounding."""
    norms = np.linalg.norm(points.astype(np.float64), axis=1)
    blur = rounding(points.dtype) * norms / math.sqrt(points.shape[1]) / distances[:, 0]
    return float((distances[:, 1] <= distances[:, 0] * (1 + TIE + blur)).mean())


def _pareto(logs: np.ndarray, nearest: np.ndarray, ties: float) -> _Estimate:
    """The maximum likelihood of the dimension from log ratios (n, j), each exponential at rate d.

    With independent records the sum would be a Gamma variable; but they share neighbours, which
    adds half as much again to the variance.
    """
    means = logs.mean(1)
    if not means.any():
        raise InputError("all neighbours are equally far: a lattice, or one-hot codes")
    figure = 1 / float(means.mean())
    error = figure * math.sqrt(neighbourhood_variance(means * figure - 1, nearest)) / len(logs)
    return _Estimate(figure, error, ties)


def _together(parts: list[_Estimate]) -> _Estimate:
    """The mean of estimates from disjoint records."""
    error = float(np.linalg.norm([part.error for part in parts])) / len(parts)
    figure, ties, uneven = (
        float(np.mean(every))
        for every in zip(*((one.figure, one.ties, one.uneven) for one in parts), strict=True)
    )
    return _Estimate(figure, error, ties, uneven)


def _missing(quarter: _Estimate, whole: _Estimate) -> _Estimate:
    """What is missing of the whole, by extrapolation; its error as if both were independent."""
    steps = 1 / (4 ** (1 / whole.figure) - 1)
    error = steps * math.hypot(quarter.error, whole.error)
    return _Estimate(steps * (whole.figure - quarter.figure), error)


def _doubts(missing: float, whole: tuple[_Estimate, _Estimate], n: int) -> list[str]:
    (two, many), doubts = whole, []
    if n < ENOUGH:
        doubts.append(f"{n} distinct records are too few to see how the figure grows: {ENOUGH:,}")
    if abs(missing) > MOST_MISSING * many.figure:
        kind = "a lower bound: it grows" if missing > 0 else "it changes"
        doubts.append(f"{kind} with n, and at n^(-1/d) has {abs(missing):.1f} to go")
    # errors that share their records are no more than those of independent ones
    apart, error = two.figure - many.figure, math.hypot(two.error, many.error)
    if abs(apart) > max(0.0, missing) + DEVIATIONS * error:
        doubts.append(f"two and ten neighbours disagree: {two.figure:.2f} and {many.figure:.2f}")
    if many.uneven > MOST_UNEVEN:
        doubts.append(f"densities spread by {many.uneven:.1f} nats: the bias may fall slowly")
    if two.ties > MOST_TIES:
        share = f"{100 * two.ties:.0f} %"
        doubts.append(f"{share} of records have two nearest neighbours equally far: a lattice")
    return doubts


def _measurement(
    name: str, estimates: tuple[_Estimate, ...], missing: _Estimate, n: int, paper: str
) -> Measurement:
    """The last estimate, and the intervals of all together."""
    ends = [end for one in estimates for end in _ends(one, missing)]
    figure, low, high = estimates[-1].figure, max(0.0, min(ends)), max(ends)
    method = f"nearest neighbours among {n:,} records"
    return Measurement(name, "dimensions", figure, low, high, n, method, paper)


def _ends(found: _Estimate, missing: _Estimate) -> tuple[float, float]:
    """Those of the figure and of the figure with what is missing."""
    sampling, error = DEVIATIONS * found.error, DEVIATIONS * math.hypot(missing.error, found.error)
    return (
        found.figure + min(-sampling, missing.figure - error),
        found.figure + max(sampling, missing.figure + error),
    )
