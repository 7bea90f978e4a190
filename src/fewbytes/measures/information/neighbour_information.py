"""Information between codes of few dimensions and a label or another vector, from neighbours.

Where y is known, other records with the same or a near y should lie near in z, too. How many others
lie as near regardless of y tells the density ratio, and so the information: B. Ross, PLoS ONE 9(2):
e87357, 2014, eq. 6, for labels; A. Kraskov et al., Physical Review E 69:066138, 2004, eq. 8, for
vectors. infomeasure has the latter, scikit-learn both, of one dimension; the tests hold these to
them. Here both keep what every record contributes, which sampling errors come from.

Every estimate from neighbours assumes that the densities hardly change from a record to its nearest
ones. No check on the sample can tell that they do not: the parity of the digits of z after the
third is a function of z, and nothing that a thousand records show. So an interval holds for
dependence that is no finer than neighbours are apart. In more than 4 dimensions that is no longer
fine at all (the parity of 8 signs has 256 orthants), and intervals have only a lower end.

Such estimates fall short in high dimension and where the information is large, and do not show it.
Three checks do (after J. Song & S. Ermon, ICLR 2020, section 4): shuffled pairs, copies, half of n.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import digamma, polygamma

from fewbytes.errors import InputError
from fewbytes.measures.information.normal_scores import normal_scores
from fewbytes.measures.measurement import DEVIATIONS, Means, Measurement
from fewbytes.measures.vectors import as_vectors, checked_seed

DENSE = 4
"""Dimensions, of both vectors together, up to which some thousand records fill the space."""

MOST_RECORDS = 5_000
"""All pairs of distances are formed, a few seconds of them."""

LEAST_RECORDS = 200
"""A quarter of them must still have neighbours that are near."""

TOLERANCE_BITS, TOLERANCE_SHARE = 0.1, 0.2
"""How far a check may be off: the larger of 0.1 bits and a fifth of the figure. For correlated
Gaussians the copies fall short at least as far as the figure itself does."""

_DISTANCES = 1 << 21
"""Held at a time: 16 MiB."""

_ROSS = "B. Ross, PLoS ONE 9(2):e87357, 2014, eq. 6"
_KSG = "A. Kraskov et al., Physical Review E 69:066138, 2004, eq. 8"
_CHECK = "J. Song & S. Ermon, ICLR 2020, section 4"


@dataclass(frozen=True)
class _Sample:
    """Normal scores z (n, d), and labels (n,) or vectors (n, e)."""

    z: np.ndarray
    y: np.ndarray
    discrete: bool
    k: int

    def __getitem__(self, part: slice) -> _Sample:
        return replace(self, z=self.z[part], y=self.y[part])

    @property
    def dimensions(self) -> int:
        """Of the space whose density is estimated."""
        return int(self.z.shape[1] + (0 if self.discrete else self.y.shape[1]))


def neighbour_information(
    values: np.ndarray,
    labels_or_values: np.ndarray,
    *,
    discrete: bool,
    neighbours: int = 3,
    seed: int = 0,
) -> list[Measurement]:
    """I(Z; Y) in bits, and the three checks on it, each of which should come near a known figure.

    values: (n, ...) coefficients. labels_or_values: labels (n,) where `discrete`, else vectors
    (n, ...). At most 5,000 records are used, drawn at random, each coordinate as normal scores.

    - `neighbours.information`: the figure, 0 where it is negative. Its bias falls no slower than
      n^(-1/D) in D dimensions (W. Gao et al., IEEE Trans. Information Theory 64(8), 2018, theorem
      1), so that the change from a quarter of the records to all tells what may be missing. The
      interval is that of the figure and that of the extrapolated figure together.
    - `neighbours.shuffled`: the same of pairs torn apart, which is 0.
    - `neighbours.copies`: half of the information of two records at once, which is the same.
    - `neighbours.half`: the mean of both halves of the sample, which should be the same.

    A vector of more than 8 dimensions is first reduced to its 4 leading principal components. What
    it then tells is no more than the whole tells (data processing), so that the ends are bounds; as
    they are in more than 4 dimensions together, where only the lower end is the estimate's.

    Raises:
        InputError: mismatched, empty, constant or not finite arrays, one class, fewer than 200
            records, or fewer than ten for a class on average.
    """
    sample, notes = _sample(values, labels_or_values, discrete, neighbours, seed)
    local, quarters, halves = (_parts(sample, count) for count in (1, 4, 2))
    torn = _local(
        replace(sample, y=np.random.default_rng([checked_seed(seed), 1]).permutation(sample.y))
    )
    double = _doubled(sample)
    pairs = _local(double) / 2 if double else None
    figure, missing, near, far = _extrapolated(local, quarters, sample)
    low, high = figure + min(-near, missing - far), figure + max(near, missing + far)
    found = _measurement("information", max(0.0, figure), max(0.0, low), max(0.0, high), sample)
    still, error = float(torn.mean()), DEVIATIONS * _error(torn, sample.k)
    checks = [
        _measurement("shuffled", still, still - error, still + error, sample),
        _copies(pairs, double, found, len(sample.z) // 2),
        _check("half", float(halves.mean()), _error(halves, sample.k), sample, found),
    ]
    doubts = _doubts(figure, missing, far, *checks)
    found = _bounded(found, sample, notes)
    if not doubts:
        return [found, *checks]
    return [one.doubted(*doubts) if one.available else one for one in (found, *checks)]


def _sample(
    values: np.ndarray, other: np.ndarray, discrete: bool, k: int, seed: int
) -> tuple[_Sample, list[str]]:
    z = as_vectors(values, "values")
    y = _labels(other) if discrete else as_vectors(other, "others")
    n = len(z)
    if len(y) != n:
        raise InputError(f"{n} values, but {len(y)} {'labels' if discrete else 'others'}")
    if n < LEAST_RECORDS:
        raise InputError(f"{n} records; neighbours need at least {LEAST_RECORDS}")
    if not 1 <= k <= LEAST_RECORDS // 20:
        raise InputError(f"{k} neighbours; it takes 1 to {LEAST_RECORDS // 20}")
    rng = np.random.default_rng(checked_seed(seed))
    chosen = rng.permutation(n)[:MOST_RECORDS]
    scores, notes = normal_scores(z[chosen], "values", rng)
    if not discrete:
        others, more = normal_scores(y[chosen], "others", rng)
        return _Sample(scores, others, False, k), notes + more
    y = np.unique(y[chosen], return_inverse=True)[1]
    classes = int(y.max()) + 1
    if classes == 1:
        raise InputError("one class only: labels that never vary tell nothing")
    if len(y) < 10 * classes:
        raise InputError(f"{len(y)} records of {classes} classes; each needs ten on average")
    return _Sample(scores, y, True, k), notes


def _labels(given: np.ndarray) -> np.ndarray:
    """Labels (n,), numbers or texts."""
    try:
        labels = np.asarray(given)
    except (ValueError, TypeError) as error:
        raise InputError("labels are no array: their lengths differ") from error
    if labels.dtype.kind not in "buifUS":
        raise InputError(f"labels are {labels.dtype}, neither numbers nor texts")
    if labels.ndim != 1:
        raise InputError(f"labels have the shape {labels.shape}, not (n,)")
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise InputError("labels hold NaN or infinite numbers")
    return labels


def _local(sample: _Sample) -> np.ndarray:
    """What each record adds to the information, bits (n,)."""
    n, rule = len(sample.z), _ross if sample.discrete else _kraskov
    rows = max(1, _DISTANCES // n)
    parts = [slice(start, min(n, start + rows)) for start in range(0, n, rows)]
    bits: np.ndarray = np.concatenate([rule(sample, part) for part in parts]) / math.log(2)
    if sample.discrete:  # alone in its class a record has no neighbour to tell anything by
        alone = np.bincount(sample.y)[sample.y] == 1
        bits[alone] = bits[~alone].mean() if not alone.all() else 0.0
    return bits


def _nearest(apart: np.ndarray, start: int, k: int) -> np.ndarray:
    """Distances to the k nearest others (rows, k), ascending."""
    here = np.arange(len(apart))
    apart[here, start + here] = math.inf
    found = np.sort(np.partition(apart, k - 1, axis=1)[:, :k], axis=1)
    apart[here, start + here] = 0
    return found


def _ross(sample: _Sample, part: slice) -> np.ndarray:
    """Eq. 6, nats (rows,)."""
    y, n = sample.y, len(sample.y)
    apart = cdist(sample.z[part], sample.z, "chebyshev")
    found = _nearest(np.where(y[part, None] == y, apart, math.inf), part.start, sample.k)
    of_class = np.bincount(y)[y[part]]
    used = np.minimum(sample.k, np.maximum(1, of_class - 1))
    radius = found[np.arange(len(found)), used - 1]
    within = (apart < radius[:, None]).sum(1)  # the record itself among them, the k-th not
    nats: np.ndarray = digamma(n) - digamma(of_class) + digamma(used) - digamma(within)
    return nats


def _kraskov(sample: _Sample, part: slice) -> np.ndarray:
    """Eq. 8, nats (rows,); a count takes in the record itself, and so is n_z + 1."""
    in_z = cdist(sample.z[part], sample.z, "chebyshev")
    in_y = cdist(sample.y[part], sample.y, "chebyshev")
    radius = _nearest(np.maximum(in_z, in_y), part.start, sample.k)[:, -1:]
    counts = digamma((in_z < radius).sum(1)) + digamma((in_y < radius).sum(1))
    nats: np.ndarray = digamma(sample.k) + digamma(len(in_z[0])) - counts
    return nats


def _parts(sample: _Sample, count: int) -> np.ndarray:
    """What each record adds within its own disjoint part of the sample, bits (n,)."""
    size = -(-len(sample.z) // count)
    return np.concatenate([_local(sample[slice(i * size, (i + 1) * size)]) for i in range(count)])


def _error(local: np.ndarray, k: int) -> float:
    """Standard error of the mean of what records add, bits.

    The distance to a k-th neighbour brings a noise of variance psi'(k), in nats, into each. Records
    that share neighbours share some of it, so that it is counted twice: over samples of Gaussians,
    labels and lattices in 1 to 8 dimensions the mean varies by 0.6 to 1.1 times what this gives.
    """
    shared = float(polygamma(1, k)) / math.log(2) ** 2
    return math.sqrt((float(local.var()) + shared) / len(local))


def _extrapolated(
    local: np.ndarray, quarters: np.ndarray, sample: _Sample
) -> tuple[float, float, float, float]:
    """The figure, what it falls short by, and sampling errors of it and of both added up, bits.

    The latter comes from each record's change since its quarter, as both share their records.
    """
    steps = 1 / (4 ** (1 / sample.dimensions) - 1)
    whole = local + steps * (local - quarters)
    near, far = (DEVIATIONS * _error(one, sample.k) for one in (local, whole))
    return float(local.mean()), float((whole - local).mean()), near, far


def _measurement(what: str, value: float, low: float, high: float, sample: _Sample) -> Measurement:
    method = f"{sample.k} nearest neighbours, {sample.dimensions} dimensions"
    paper = _ROSS if sample.discrete else _KSG
    paper = paper if what == "information" else f"{paper}; {_CHECK}"
    return Measurement(f"neighbours.{what}", "bits", value, low, high, len(sample.z), method, paper)


def _check(
    what: str, value: float, error: float, sample: _Sample, found: Measurement
) -> Measurement:
    """A check whose bias is that of the figure and more, so that it ends no nearer."""
    assert found.low is not None
    assert found.high is not None
    low = min(found.low, value - DEVIATIONS * error)
    return _measurement(what, value, low, max(found.high, value + DEVIATIONS * error), sample)


def _doubled(sample: _Sample) -> _Sample | None:
    """Two records side by side, as one; None where they are too few for all pairs of labels."""
    m = len(sample.z) // 2
    z = np.concatenate([sample.z[:m], sample.z[m : 2 * m]], 1)
    if not sample.discrete:
        y = np.concatenate([sample.y[:m], sample.y[m : 2 * m]], 1)
        return replace(sample, z=z, y=y)
    pairs = sample.y[:m] * (int(sample.y.max()) + 1) + sample.y[m : 2 * m]
    y = np.unique(pairs, return_inverse=True)[1]
    return replace(sample, z=z, y=y) if 2 * (int(y.max()) + 1) <= m else None


def _copies(
    pairs: np.ndarray | None, double: _Sample | None, found: Measurement, m: int
) -> Measurement:
    if pairs is None or double is None:
        reason = f"{m} pairs are too few of so many classes to show that copies add"
        return Measurement.unavailable("neighbours.copies", "bits", reason, m)
    error = _error(2 * pairs, double.k) / 2
    return _check("copies", float(pairs.mean()), error, double, found)


def _doubts(
    figure: float,
    missing: float,
    far: float,
    zero: Measurement,
    copies: Measurement,
    half: Measurement,
) -> list[str]:
    allowed = max(TOLERANCE_BITS, TOLERANCE_SHARE * abs(figure))
    doubts = []
    if not zero.covers(0.0):
        doubts.append(f"shuffled pairs give {zero.value:.2f} bits, not 0")
    if copies.value is None:
        doubts.append(copies.warnings[0])
    elif abs(copies.value - figure) > allowed:
        doubts.append(f"two copies give {copies.value:.2f} bits each, not {figure:.2f}")
    if abs(missing) > 2 * allowed:  # at the slowest rate, so that twice is as grave as once above
        doubts.append(
            f"half of the records give {half.value:.2f} bits, not {figure:.2f}, "
            f"and {missing:+.2f} bits may be missing"
        )
    if far > 4 * allowed:
        doubts.append(f"what may be missing is known to {far:.2f} bits only, in so few records")
    return doubts


def _bounded(found: Measurement, sample: _Sample, notes: list[str]) -> Measurement:
    """The interval within what can be; of reduced vectors and of many dimensions, only its lower
    end.
    """
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    most = math.log2(int(sample.y.max()) + 1) if sample.discrete else math.inf
    low, value = min(found.low, most), min(found.value, most)
    if not notes and sample.dimensions <= DENSE:
        return replace(found, low=low, value=value, high=max(value, min(found.high, most)))
    why = "by data processing" if notes else f"as {sample.dimensions} dimensions hide detail"
    method = f"{found.method}; a lower end {why}"
    found = replace(found, low=low, value=value, high=most, method=method, means=Means.BOUNDS)
    return found.warned(*notes)
