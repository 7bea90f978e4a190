"""Intrinsic dimension: of the surface that the codes lie on, from distances to nearest neighbours.

It is no measure of information: binarising MNIST destroys information and raises the dimension
from 13.7 to 18.7. It says how many neighbours there are at twice the distance, and no more.

Both estimates read low where neighbours are far (edges, curvature, density that changes), the more
so the higher the dimension, and grow with the sample. That share of points whose neighbourhood is
cut by an edge falls as n^(-1/d), and the bias with it; so the change from a quarter of the sample
to all of it, extrapolated at that rate and with its own sampling error, bounds what is missing. The
bound comes from the estimate by maximum likelihood, whose noise is less and whose neighbours are
farther, so that it is biased more, and it is used for both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from fewbytes.errors import InputError
from fewbytes.measures.measurement import DEVIATIONS, Measurement
from fewbytes.measures.vectors import as_vectors

NEIGHBOURS = 10
"""For maximum likelihood; Levina & Bickel start there, and fewer stay closer to the surface."""

LEAST = 200
"""Distinct records: a quarter of them must still have ten neighbours close by."""

MOST = 8_000
"""Records: all pairs of distances are formed, 1 s to 4 s of them."""

MOST_MISSING = 0.2
"""Share of the figure that may be missing by extrapolation before it is called a lower bound."""

MOST_TIES = 0.01
"""Share of records whose two nearest neighbours may be equally far: never where codes are
continuous, often on a lattice, whose dimension at its own step is no property of the data."""

_DISTANCES = 1 << 22
"""Held at a time: 16 MiB."""

_TWO_NN = "E. Facco et al., Scientific Reports 7:12140, 2017, eq. 5; F. Denti et al. 2022, eq. 5"
_ML = (
    "E. Levina & P. Bickel, NIPS 2004, eq. 8; harmonic mean: D. MacKay & Z. Ghahramani 2005, eq. 5"
)


@dataclass(frozen=True)
class _Estimate:
    """A dimension, its standard error, and the share of records with tied neighbours."""

    figure: float
    error: float
    ties: float = 0.0


def intrinsic_dimension(
    values: np.ndarray, *, seed: int = 0, sizes: tuple[int, int] | None = None
) -> list[Measurement]:
    """`dimension.two_nn` and `dimension.ml` in dimensions, and both again as `.half`.

    values: (n, ...) coefficients. sizes: records of the half and of the whole, the former at most
    half of the latter; n / 2 and n where nothing is said, and 4,000 and 8,000 at most. The half is
    the mean over as many disjoint parts of the whole as there are. An interval is that of
    the figure and that of the figure with what is missing, each with its sampling error, together.

    Repeated records are left out, and counted in a warning. A figure of which more than a fifth may
    be missing is called unreliable; so is one of codes on a lattice.

    Raises:
        InputError: empty or not finite values, wrong sizes, or fewer than 200 distinct records.
    """
    points, warnings = _distinct(as_vectors(values, "values"))
    small, large = _sizes(len(points), sizes)
    chosen = np.random.default_rng(seed).permutation(len(points))[:large]
    points = points[chosen]
    whole, half, quarter = (_estimates(points, size) for size in (large, small, large // 4))
    missing = _missing(quarter[1], whole[1])
    doubts = _doubts(missing.figure, whole)
    found = []
    for i, (name, paper) in enumerate((("two_nn", _TWO_NN), ("ml", _ML))):
        full = _measurement(f"dimension.{name}", whole[i], missing, large, paper)
        farther = (large / small) ** (1 / whole[1].figure)  # so much more is missing of the half
        more = _Estimate(missing.figure * farther, missing.error * farther)
        found += [full, _measurement(f"{full.name}.half", half[i], more, small, paper)]
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


def _distinct(values: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Each record once, in order, and a warning of how many were left out."""
    rows = np.ascontiguousarray(values + values.dtype.type(0))  # -0.0 is 0.0
    keys = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
    first = np.sort(np.unique(keys, return_index=True)[1])
    if len(first) == 1:
        raise InputError("the values do not vary: every record is the same")
    if len(first) < LEAST:
        raise InputError(f"{len(first)} distinct records; the dimension needs at least {LEAST}")
    again = len(values) - len(first)
    warnings = [f"{again:,} repeated records of {len(values):,} left out"] if again else []
    return values[first], warnings


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
        distances, nearest = _neighbours(points[start : start + size])
        ties = float((distances[:, 0] == distances[:, 1]).mean())
        two = _pareto(np.log(distances[:, 1:2] / distances[:, :1]), nearest[:, :2], ties)
        logs = np.log(distances[:, -1:] / distances[:, :-1])
        found.append((two, _pareto(logs, nearest, ties)))
    return _together([one for one, _ in found]), _together([one for _, one in found])


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


def _neighbours(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances to the ten nearest others (n, 10), ascending and exact, and which they are."""
    exact = points.astype(np.float64)
    exact -= exact.mean(0)
    rows, more = max(1, _DISTANCES // len(points)), min(len(points) - 1, NEIGHBOURS + 6)
    distances = np.empty((len(points), NEIGHBOURS))
    nearest = np.empty((len(points), NEIGHBOURS), dtype=np.int64)
    for start in range(0, len(points), rows):
        here = np.arange(start, min(start + rows, len(points)))
        close = _candidates(torch.from_numpy(exact), start, len(here), more)
        for i, candidates in zip(here, close, strict=True):
            apart = np.square(exact[candidates] - exact[i]).sum(1)
            order = np.argsort(apart)[:NEIGHBOURS]
            distances[i], nearest[i] = np.sqrt(apart[order]), candidates[order]
    return distances, nearest


def _candidates(points: torch.Tensor, start: int, count: int, more: int) -> np.ndarray:
    """Indices of the `more` nearest (count, more), about; in float32 where that can tell them."""
    index, clear = _closest(points.float(), start, count, more)
    if not clear:
        index, _ = _closest(points, start, count, more)
    found: np.ndarray = index.numpy()
    return found


def _closest(points: torch.Tensor, start: int, count: int, more: int) -> tuple[torch.Tensor, bool]:
    """Those indices, and whether distances are long enough for rounding not to matter."""
    norms, own = points.square().sum(1), torch.arange(start, start + count)
    apart = torch.addmm(norms[None], points[own], points.T, alpha=-2)
    apart[torch.arange(count), own] = math.inf
    least, index = apart.topk(more, dim=1, largest=False)
    return index, bool((least[:, -1] + norms[own] > 1e-4 * norms.max()).all())


def _together(parts: list[_Estimate]) -> _Estimate:
    """The mean of estimates from disjoint records."""
    figures, errors = [part.figure for part in parts], [part.error for part in parts]
    error = float(np.linalg.norm(errors)) / len(parts)
    return _Estimate(float(np.mean(figures)), error, float(np.mean([part.ties for part in parts])))


def _missing(quarter: _Estimate, whole: _Estimate) -> _Estimate:
    """What is missing of the whole, by extrapolation; its error as if both were independent."""
    steps = 1 / (4 ** (1 / whole.figure) - 1)
    error = steps * math.hypot(quarter.error, whole.error)
    return _Estimate(steps * (whole.figure - quarter.figure), error)


def _doubts(missing: float, whole: tuple[_Estimate, _Estimate]) -> list[str]:
    doubts = []
    if abs(missing) > MOST_MISSING * whole[1].figure:
        kind = "a lower bound: it grows" if missing > 0 else "it changes"
        doubts.append(f"{kind} with n, and at n^(-1/d) has {abs(missing):.1f} to go")
    if whole[0].ties > MOST_TIES:
        share = f"{100 * whole[0].ties:.0f} %"
        doubts.append(f"{share} of records have two nearest neighbours equally far: a lattice")
    return doubts


def _measurement(
    name: str, found: _Estimate, missing: _Estimate, n: int, paper: str
) -> Measurement:
    sampling, error = DEVIATIONS * found.error, DEVIATIONS * math.hypot(missing.error, found.error)
    low = max(0.0, found.figure + min(-sampling, missing.figure - error))
    high = found.figure + max(sampling, missing.figure + error)
    method = f"nearest neighbours among {n:,} records"
    return Measurement(name, "dimensions", found.figure, low, high, n, method, paper)
