"""Distances: whether codes keep the geometry of the images, up to one common scale.

Random pairs of records are drawn without repeating a record, so that they are independent. Of a
pair, r = ||z_i - z_j||^2 / ||x_i - x_j||^2, x being pixels and z coefficients. Only the shape of r
matters: it is divided by its mean, the best common scale, and what is left over is distortion.

A random projection promises a small one (Johnson & Lindenstrauss 1984); other transforms promise
nothing, so that what is measured, and what the lemma says, stand side by side.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom

from fewbytes.errors import InputError
from fewbytes.measures.geometry.delta_method import LEAST_WEIGHT, REFERENCE, ends, weight
from fewbytes.measures.measurement import DEVIATIONS, LEVEL, Measurement
from fewbytes.measures.vectors import as_vectors, checked_seed

LEAST_PAIRS = 50
"""Below this, a standard error of a spread means nothing."""

ENOUGH_PAIRS = 1_000
"""Below this it means little, and figures are called unreliable: of squares of one Gaussian, ratios
of 500 pairs that show no long tail miss by chance three times as often as they may."""

MOST_SLACK = 0.1
"""Of rounding's part in the spread of r, before it is called rounding and nothing else."""

NEAR = 1e-30
"""Pairs this much closer, squared, than the mean pair are at distance zero."""

OUTSIDE = 1 / 1000
"""Share of pairs that the distortion may leave out."""

ROUNDING = 4 * float(np.finfo(np.float32).eps)
"""Of a coefficient: half a step of float32 when stored, and a few more in the sum it comes from."""

ROOT = 1e-12
"""How near the lemma's root is found."""

_VALUES = 1 << 22
"""Held in double precision at a time: 32 MiB."""

_SAMPLED = "independent pairs of records"
_LEMMA = "S. Dasgupta & A. Gupta, Random Structures & Algorithms 22, 2003, theorem 2.1"


def distance_distortion(
    originals: np.ndarray, values: np.ndarray, *, seed: int = 0, pairs: int = 20_000
) -> list[Measurement]:
    """How far codes stretch and shrink the distances between images, all without a unit.

    originals: (n, ...) pixels. values: (n, ...) coefficients of the same records, taken to be exact
    to float32. pairs: at most so many are drawn; never more than n // 2.

    - `distances.distortion`: the least e such that r / mean(r) is within 1 - e and 1 + e for all
      but one in a thousand pairs. Its interval is that of a quantile, from the order statistics, so
      that no distribution is assumed; below 7,598 pairs it has no upper end.
    - `distances.spread`: the standard deviation of r over its mean.
    - `norms.spread`: the same of ||z - mean z||^2 / ||x - mean x||^2, over records.
    - `distances.correlation`: Pearson's, between both squared distances.
    - `distances.johnson_lindenstrauss`: what the lemma promises for n points in as many dimensions.

    What no sampled record shows is in no interval: a kind of record rarer than one in n / 7 may be
    missing altogether. Figures that hang on a few records are called unreliable, as are those of
    fewer than 1,000 pairs, and those of which rounding may be a tenth.

    Raises:
        InputError: mismatched, empty, constant or not finite arrays, or fewer than 50 pairs left.
    """
    x, z = as_vectors(originals, "originals"), as_vectors(values, "values")
    if len(x) != len(z):
        raise InputError(f"{len(x)} originals, but values of {len(z)} records")
    m = min(pairs, len(x) // 2)
    if m < LEAST_PAIRS:
        raise InputError(f"{m} pairs of records; distances need at least {LEAST_PAIRS}")
    chosen = np.random.default_rng(checked_seed(seed)).permutation(len(x))
    one, two = chosen[:m], chosen[m : 2 * m]
    before, _ = _squared(x, one, two)
    after, sizes = _squared(z, one, two)
    before, after, slack, left_out = _usable(before, after, sizes, "pairs at distance zero")
    found = [
        _distortion(after / before, slack),
        _spread(after / before, slack, "distances.spread", _SAMPLED),
        _norms(x, z, chosen[: 2 * m]),
        _correlation(before, after, slack),
    ]
    if left_out:
        found = [f if f.name == "norms.spread" else f.warned(left_out) for f in found]
    return [*found, _promised(len(x), z.shape[1])]


def johnson_lindenstrauss(n: int, k: int) -> float | None:
    """The least distortion that some projection of n points to k dimensions is promised to keep.

    The e in (0, 1) where k = 4 ln n / (e^2 / 2 - e^3 / 3) (Dasgupta & Gupta 2003, theorem 2.1);
    None where even e = 1 needs more dimensions, so that nothing is promised.

    Raises:
        InputError: no points, or no dimensions.
    """
    if n < 1 or k < 1:
        raise InputError(f"{n} points in {k} dimensions; both have to be at least 1")
    needed = 4 * math.log(n) / k
    if needed >= 1 / 6:  # e^2 / 2 - e^3 / 3 at e = 1
        return None
    return float(brentq(lambda e: e**2 / 2 - e**3 / 3 - needed, 0, 1, xtol=ROOT))


def _squared(array: np.ndarray, one: np.ndarray, two: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """||a_i - a_j||^2 of each pair (m,), and ||a_i||^2 + ||a_j||^2, which rounding goes by."""
    rows = max(1, _VALUES // array.shape[1])
    apart, sizes = np.empty(len(one)), np.empty(len(one))
    for start in range(0, len(one), rows):
        part = slice(start, start + rows)
        first = array[one[part]].astype(np.float64)
        second = array[two[part]].astype(np.float64)
        sizes[part] = np.square(first).sum(1) + np.square(second).sum(1)
        apart[part] = np.square(first - second).sum(1)
    return apart, sizes


def _usable(
    before: np.ndarray, after: np.ndarray, sizes: np.ndarray, what: str
) -> tuple[np.ndarray, np.ndarray, float, str]:
    """Both, of mean 1, without those of no size before; rounding's part in the ratio's spread; a
    warning.
    """
    kept = before > NEAR * before.mean()
    if kept.sum() < LEAST_PAIRS:
        raise InputError(f"{kept.sum()} ratios left without {what}; {LEAST_PAIRS} are needed")
    warning = "" if kept.all() else f"{(~kept).sum()} {what} in the originals left out"
    before, after, sizes = before[kept], after[kept], sizes[kept]
    if not after.any():
        raise InputError("the values do not vary: every distance is zero")
    before, after, sizes = before / before.mean(), after / after.mean(), sizes / after.mean()
    # (z + u)^2 differs from z^2 by about 2zu, where u^2 is of the order of rounding^2 * sizes
    moved = 2 * ROUNDING * np.sqrt(sizes * after) / before
    slack = np.sqrt(np.square(moved).mean()) / (after / before).mean()
    return before, after, float(slack), warning


def _judged(
    found: Measurement, slack: float, pulls: np.ndarray, *, varies: bool, enough: int = ENOUGH_PAIRS
) -> Measurement:
    """Doubted where few pairs, or few of them, or rounding, decide the figure. What `varies` by no
    more than rounding hangs on no record.
    """
    doubts, shared = [], weight(pulls) if varies else math.inf
    if len(pulls) < enough:
        doubts.append(f"{len(pulls):,} are too few for an error: that takes {enough:,}")
    if shared < LEAST_WEIGHT:
        doubts.append(f"it hangs on few records: as if on {shared:.0f}, not {LEAST_WEIGHT}")
    if slack > MOST_SLACK:
        doubts.append(f"rounding to float32 may move r by {slack:.2g} of its mean")
    return found.doubted(*doubts) if doubts else found


def _distortion(r: np.ndarray, slack: float) -> Measurement:
    """The quantile of |r / mean - 1| at 1 - OUTSIDE, and order statistics around it."""
    m, scale = len(r), float(r.mean())
    off = np.sort(np.abs(r / scale - 1))
    tail = (1 - LEVEL) / 2
    below = int(binom.ppf(tail, m, 1 - OUTSIDE))  # so many lie below the quantile, at least
    above = int(binom.ppf(1 - tail, m, 1 - OUTSIDE)) + 1
    value = float(off[min(m - 1, math.ceil(m * (1 - OUTSIDE)) - 1)])
    slip = max(ends(r / scale)) + DEVIATIONS * slack  # of the scale itself, and of each r
    low = max(0.0, float(off[max(0, below - 1)]) - slip * (1 + value))
    high = float(off[above - 1]) * (1 + slip) + slip if above <= m else math.inf
    found = Measurement(
        "distances.distortion", "", value, low, high, m,
        f"99.9 % quantile of |r / mean r - 1| over {m:,} {_SAMPLED}; order statistics",
        "H. A. David & H. N. Nagaraja, Order Statistics, 2003, section 7.1",
    )  # fmt: skip
    if above > m:
        found = found.warned(f"{m:,} pairs are too few for an upper end: that takes 7,598")
    return _judged(found, slack, r, varies=float(r.std()) > slack * scale)


def _spread(
    r: np.ndarray, slack: float, name: str, over: str, enough: int = ENOUGH_PAIRS
) -> Measurement:
    """Standard deviation over mean, with its delta-method error in the logarithm, where the spread
    of a few records has no long tail; below `slack` all is rounding.
    """
    value = float(r.std(ddof=1)) / float(r.mean())
    u = r / r.mean() - 1
    pulls = (u**2 / value**2 - 1) / 2 - u if value > 0 else np.zeros(len(r))
    below, above = ends(pulls)
    low, high = value * math.exp(-below) - slack, value * math.exp(min(above, 700)) + slack
    found = Measurement(
        name, "", value, max(0.0, low), high, len(r),
        f"standard deviation / mean of r over {len(r):,} {over}", REFERENCE,
    )  # fmt: skip
    return _judged(found, slack, pulls, varies=value > slack, enough=enough)


def _norms(x: np.ndarray, z: np.ndarray, chosen: np.ndarray) -> Measurement:
    before, _ = _centred(x, chosen)
    after, sizes = _centred(z, chosen)
    before, after, slack, left_out = _usable(before, after, sizes, "records at the mean")
    over, enough = "records, r being of centred norms", 2 * ENOUGH_PAIRS
    found = _spread(after / before, slack, "norms.spread", over, enough)
    return found.warned(left_out) if left_out else found


def _centred(array: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """||a - mean a||^2 of each record (m,), and ||a||^2 + ||mean a||^2, which rounding goes by."""
    mean = array.mean(0, dtype=np.float64)
    rows = max(1, _VALUES // array.shape[1])
    apart, sizes = np.empty(len(chosen)), np.empty(len(chosen))
    for start in range(0, len(chosen), rows):
        part = slice(start, start + rows)
        some = array[chosen[part]].astype(np.float64)
        sizes[part] = np.square(some).sum(1) + float(np.square(mean).sum())
        apart[part] = np.square(some - mean).sum(1)
    return apart, sizes


def _correlation(before: np.ndarray, after: np.ndarray, slack: float) -> Measurement:
    name, m = "distances.correlation", len(before)
    # a one-bit code of a constant image set has one distance only, and so no correlation
    if np.ptp(before) <= 1e-12 * before.max() or np.ptp(after) <= 1e-12 * after.max():
        return Measurement.unavailable(name, "", "all distances are the same", m)
    a, b = (before - before.mean()) / before.std(), (after - after.mean()) / after.std()
    value = float(np.clip((a * b).mean(), -1, 1))
    room = max(1 - value**2, 1e-15)
    pulls = (a * b - value * (a**2 + b**2) / 2) / room  # at Fisher's z
    below, above = ends(pulls)
    z = math.atanh(math.copysign(min(abs(value), 1 - 1e-15), value))
    # rounding takes the share slack^2 of the variance of r from what two equal distances share
    rest = slack**2 + 1e-12
    low, high = math.tanh(z - below) - rest, math.tanh(z + above) + rest
    found = Measurement(
        name, "", value, max(-1.0, min(low, value)), min(1.0, max(high, value)), m,
        f"Pearson's, of squared distances over {m:,} {_SAMPLED}", REFERENCE,
    )  # fmt: skip
    return _judged(found, slack, pulls, varies=1 - abs(value) > rest)


def _promised(n: int, k: int) -> Measurement:
    name, e = "distances.johnson_lindenstrauss", johnson_lindenstrauss(n, k)
    if e is None:
        most = 24 * math.log(n)
        reason = f"{k} dimensions for {n:,} points promise nothing: that takes {most:.0f}"
        return Measurement.unavailable(name, "", reason, n)
    note = "promised of random projections only, for all pairs at once"
    method = "smallest distortion promised, to the precision of a root"
    return Measurement(name, "", e, e - 2 * ROOT, e + 2 * ROOT, n, method, _LEMMA).warned(note)
