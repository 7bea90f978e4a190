"""What codes tell about the image they were made from, in bits.

Through a deterministic codec that takes each image by itself this is no matter of estimation:
I(X; Z) = H(Z) for discrete codes, and infinite for continuous ones. What is finite for both is the
information left once Gaussian noise is added to the code, which has ends that hold for any
distribution.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from fewbytes.errors import InputError
from fewbytes.measures.information.code_entropy import FEWEST, code_entropy
from fewbytes.measures.information.counting import NATS_TO_BITS, RARE, Floats
from fewbytes.measures.measurement import DEVIATIONS, Means, Measurement, Verdict
from fewbytes.measures.vectors import as_vectors

Rows = NDArray[np.int64]

COMPONENTS = 4000
"""Records between which distances are taken, at most."""

FOLDS = 5

WIDE = 2048
"""Values of a record above which no covariance matrix is taken: five of them stay in memory."""

_ROWS = 1 << 10
_CHUNK = 1 << 22
_TENTH = 0.1
_ROUNDING = 1e-12
_FARTHEST = 1e12
"""Of values, in units of the noise: their squares still have a few digits less than a float64."""


def image_information(
    *,
    codes: NDArray[np.generic] | None = None,
    values: NDArray[np.floating] | None = None,
    alphabet: int | None,
    noise: float | None = None,
    entropy: Measurement | None = None,
    alone: bool = True,
    seed: int = 0,
) -> list[Measurement]:
    """Information about the image, `image_information.exact` and `image_information.noisy`.

    `codes` (n, *shape): whole numbers, of an `alphabet`; None where the codec is continuous.
    `values` (n, *shape): the numbers a network is fed, dequantised; without them there is no noisy
    figure. `noise`: standard deviation added to every number; a tenth of the root mean variance
    where it is None. `entropy`: `entropy.record` where it is known already; its upper end is one
    for the noisy figure only where it is reliable. `alone`: whether each code depends on its own
    image only. Where it depends on others too, as those of images that a lossy coder takes
    together in one sheet, H(Z | X) is not 0: of both figures only the upper ends are left, and 0.
    `seed` draws the records between which distances are taken.

    Raises:
        InputError: neither codes nor values; an alphabet without codes or entropy; fewer than 50
            records; values that are not finite; noise that is not above zero.
    """
    if codes is None and values is None:
        raise InputError("image information needs codes or values, and got neither")
    if noise is not None and not 0 < noise < math.inf:
        raise InputError(f"noise of {noise}; its standard deviation has to be above 0, and finite")
    lengths = {len(x) for x in (codes, values) if x is not None}
    if len(lengths) > 1:
        raise InputError(f"codes and values of different lengths: {sorted(lengths)}")
    n = lengths.pop()
    if alphabet is None:
        entropy = None
    elif entropy is None:
        if codes is None:
            raise InputError(f"an alphabet of {alphabet} symbols, but neither codes nor entropy")
        entropy = code_entropy(codes, alphabet=alphabet)[0]
    found = [_continuous(n) if entropy is None else _discrete(entropy)]
    if values is not None:
        found.append(_noisy(_checked(values), noise, entropy, seed))
    return found if alone else [_upper_only(one) for one in found]


def _upper_only(found: Measurement) -> Measurement:
    """The same without what a code would tell that depends on its own image alone."""
    if not found.available:
        return found
    said = replace(found, value=None, low=0.0, means=Means.BOUNDS)
    return said.warned(
        "codes depend on other images too, so that H(Z | X) > 0: the upper end alone is known"
    )


def _continuous(n: int) -> Measurement:
    return Measurement(
        "image_information.exact", "bits", math.inf, math.inf, math.inf, n,
        "a noise-free continuous code of a continuous image holds infinitely many bits",
        "Goldfeld et al. 2019, section 2; Amjad and Geiger 2019, theorem 1",
        Means.BOUNDS,
    )  # fmt: skip


def _discrete(entropy: Measurement) -> Measurement:
    return replace(
        entropy,
        name="image_information.exact",
        method=f"I(X; Z) = H(Z) - H(Z | X) = H(Z) for a deterministic codec; {entropy.method}",
    )


def _checked(values: NDArray[np.floating]) -> NDArray[np.floating]:
    values = as_vectors(values, "values")
    if len(values) < FEWEST:
        raise InputError(f"{len(values)} records; the noisy information needs at least {FEWEST}")
    if values.dtype.kind != "f" or values.dtype.itemsize < 4:
        values = values.astype(np.float32)
    return values


def _noisy(
    values: NDArray[np.floating], noise: float | None, entropy: Measurement | None, seed: int
) -> Measurement:
    """I(X; Z + N) = I(Z; Z + N), of values (n, d)."""
    name = "image_information.noisy"
    n, d = values.shape
    spread = _spread(values)
    if noise is None and spread == 0:
        return Measurement.unavailable(
            name, "bits", f"{d} values that do not vary, and no noise", n
        )
    share = "as given" if noise is not None else f"a tenth of the root mean variance, {spread:.4g}"
    noise = noise or _TENTH * spread
    with np.errstate(all="ignore"):
        scaled = values / np.asarray(noise, values.dtype)
    if not max(float(scaled.max()), -float(scaled.min())) <= _FARTHEST:
        raise InputError(f"noise of {noise} is too little for values of a spread of {spread:.4g}")
    points = scaled
    if n > COMPONENTS:
        points = scaled[np.random.default_rng(seed).choice(n, COMPONENTS, replace=False)]
    low, reach = _distance_bound(points)
    high, from_high = _gaussian_bound(scaled, seed), "a Gaussian's of the same covariance"
    if d > WIDE:
        from_high = f"a Gaussian's of the same variances, since {d} values are more than {WIDE}"
    warnings: tuple[str, ...] = ()
    if entropy is not None and entropy.high is not None and entropy.high < high:
        if entropy.verdict is Verdict.RELIABLE:
            high, from_high = entropy.high, "H(Z)"
        else:
            warnings += ("H(Z) would be a closer upper end, but is itself unreliable",)
    if low > reach - 1:
        limit = f"log2 of {len(points)} records = {reach:.2f} bits"
        warnings += (f"saturated: the lower end cannot pass {limit}",)
    if n < 10 * d and d <= WIDE:
        warnings += (f"{n} records of {d} values: the upper end is loose",)
    return Measurement(
        name, "bits", None, min(low, high), high, n,
        f"noise of standard deviation {noise:.4g}, {share}; lower end from distances between "
        f"{len(points)} records, upper end from {from_high}",
        "Kolchinsky and Tracey 2017, Entropy 19, 361, Bhattacharyya distance; "
        "Cover and Thomas, theorem 8.6.5",
        Means.BOUNDS, warnings=warnings,
    )  # fmt: skip


def _spread(values: NDArray[np.floating]) -> float:
    """Root of the mean variance of values (n, d)."""
    every = np.arange(len(values))
    centre = values.mean(axis=0, dtype=np.float64)
    total = sum(float(np.vdot(x, x)) for x in _blocks(values, every, centre))
    return math.sqrt(total / values.size)


def _distance_bound(points: NDArray[np.floating]) -> tuple[float, float]:
    """A lower end in bits, and the figure that it cannot pass, from `points` (m, d) in units of the
    noise.

    Of a mixture of m unit Gaussians, which one was drawn is known from the sum to

        -1/m sum_i ln 1/m sum_j exp(-|x_i - x_j|^2 / 8)

    nats at least. The information is concave in the distribution that goes in, so that of m
    records is on average not above that of the distribution they come from. The sampling error
    is that of the mean of the bound's derivative by each record,
    -ln S_k - sum_i K_ik / S_i / m with S_i = sum_j K_ij / m.
    """
    m = len(points)
    products = np.zeros((m, m))
    step = max(1, _CHUNK // m)
    for start in range(0, points.shape[1], step):
        x = points[:, start : start + step].astype(np.float64)
        x -= x.mean(axis=0)
        products += x @ x.T
    squares = np.diag(products).copy()
    kernel = np.empty((m, m), np.float32)
    for start in range(0, m, _ROWS):
        part = slice(start, start + _ROWS)
        block = 2 * products[part] - squares[part, None] - squares[None]
        kernel[part] = np.exp(np.minimum(block / 8, 0))
    np.fill_diagonal(kernel, 1)
    means = kernel.mean(axis=1, dtype=np.float64)
    terms = -np.log(means)
    influence = terms - kernel @ (1 / means).astype(np.float32) / m
    error = float(influence.std()) / math.sqrt(m)
    return max(0.0, NATS_TO_BITS * (float(terms.mean()) - DEVIATIONS * error)), math.log2(m)


def _gaussian_bound(scaled: NDArray[np.floating], seed: int) -> float:
    """An upper end in bits, from values (n, d) in units of the noise.

    No density of the sum has a larger entropy than the cross-entropy it has with another one. That
    one is here the Gaussian with the mean and covariance C of the other four folds, so that the
    mean over the records of a fold of

        1/2 (ln det C + (x - m)^T C^-1 (x - m) + tr C^-1 - d)

    nats is unbiased for something not below the information, whatever d and n are; the log
    determinant of a sample's own covariance is too small by some d^2 / (4 n) nats. It is not below
    1/2 ln det(I + Sigma / s^2), and comes to it as n grows. Records of a kind with a chance of
    RARE / n, of which none was drawn, would add that such a kind is met, and their own
    information; this is taken to be no more than that of any record drawn.

    Any Gaussian gives an upper end: of more than WIDE values it is the one with C's diagonal only.
    """
    n, d = scaled.shape
    folds = np.array_split(np.random.default_rng(seed).permutation(n), FOLDS)
    centre = scaled.mean(axis=0, dtype=np.float64)
    bounds = (_full if d <= WIDE else _diagonal)(scaled, folds, centre)
    missing = RARE / n
    unseen = missing * (1 - math.log(missing) + max(0.0, float(bounds.max())))
    error = float(bounds.std()) / math.sqrt(n)
    return float(NATS_TO_BITS * (bounds.mean() + DEVIATIONS * error + unseen))


def _diagonal(scaled: NDArray[np.floating], folds: list[Rows], centre: Floats) -> Floats:
    """What each record (n,) says of the bound, in nats, by variances (d,) of the other folds."""
    n, d = scaled.shape
    firsts, seconds = np.zeros((FOLDS, d)), np.zeros((FOLDS, d))
    for fold, rows in enumerate(folds):
        for x in _blocks(scaled, rows, centre):
            firsts[fold] += x.sum(axis=0)
            seconds[fold] += np.einsum("ij,ij->j", x, x)
    bounds = np.empty(n)
    for fold, rows in enumerate(folds):
        count = n - len(rows)
        mean = (firsts.sum(axis=0) - firsts[fold]) / count
        total = seconds.sum(axis=0) - seconds[fold] - count * mean * mean
        variance = 1 + np.maximum(total, 0) / (count - 1)
        fixed = float(np.log(variance).sum() + (1 / variance).sum()) - d
        start = 0
        for x in _blocks(scaled, rows, centre):
            x -= mean
            squares = np.einsum("ij,ij,j->i", x, x, 1 / variance)
            bounds[rows[start : start + len(x)]] = (fixed + squares) / 2
            start += len(x)
    return bounds


def _blocks(values: NDArray[np.floating], rows: Rows, centre: Floats) -> Iterator[Floats]:
    """Some rows of values (n, d), from the centre, no more than fit in _CHUNK numbers at once."""
    step = max(1, _CHUNK // values.shape[1])
    for start in range(0, len(rows), step):
        yield values[rows[start : start + step]] - centre


def _full(scaled: NDArray[np.floating], folds: list[Rows], centre: Floats) -> Floats:
    """What each record (n,) says of the bound, in nats, by the covariance of the other folds."""
    n, d = scaled.shape
    sums = [_moments(scaled, rows, centre) for rows in folds]
    first, second = sum(s for s, _ in sums), sum(s for _, s in sums)
    bounds = np.empty(n)
    for rows, (ours, squares) in zip(folds, sums, strict=True):
        count = n - len(rows)
        mean = (first - ours) / count
        covariance = (second - squares - count * np.outer(mean, mean)) / (count - 1)
        ridge = 1 + _ROUNDING * float(np.trace(covariance))  # any C will do that has a root
        root = np.linalg.cholesky(covariance + ridge * np.eye(d))
        inverse = solve_triangular(root, np.eye(d), lower=True)
        fixed = 2 * np.log(np.diag(root)).sum() + np.square(inverse).sum() - d
        for block in np.array_split(rows, -(-len(rows) // _ROWS)):
            whitened = (scaled[block] - (centre + mean)) @ inverse.T
            bounds[block] = (fixed + np.einsum("ij,ij->i", whitened, whitened)) / 2
    return bounds


def _moments(values: NDArray[np.floating], rows: Rows, centre: Floats) -> tuple[Floats, Floats]:
    """The sums of x (d,) and of x x^T (d, d) over some rows of values (n, d), x from the centre."""
    first, second = np.zeros(values.shape[1]), np.zeros((values.shape[1],) * 2)
    for block in np.array_split(rows, -(-len(rows) // _ROWS)):
        x = values[block] - centre
        first += x.sum(axis=0)
        second += x.T @ x
    return first, second
