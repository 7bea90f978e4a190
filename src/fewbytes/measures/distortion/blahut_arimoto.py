"""Blahut-Arimoto: the rate-distortion function of a small discrete source, between two bounds.

R(D) is the least mutual information of a channel from the source's symbols to a reproduction
alphabet whose mean distortion is at most D. Written with a slope s >= 0 (Blahut 1972; Arimoto
1972), it is

    R(D) = max over s of min over q of  -sum_j p_j log Z_j - s D,   Z_j = sum_k q_k exp(-s d_jk)

and q <- q c, with c_k = sum_j p_j exp(-s d_jk) / Z_j, descends to the inner minimum. Whatever s and
q are, the channel q_k exp(-s d_jk) / Z_j is a point above the curve, and -sum p log Z - log max c -
s D a point below it. The interval is made of the best of either met on the way, so it holds R(D)
wherever the search stops. Natural logarithms inside, bits outside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from fewbytes.errors import InputError
from fewbytes.measures.measurement import DEVIATIONS, LEVEL, Means, Measurement

LARGEST = 512
"""Symbols of either alphabet: a search takes seconds there."""

TOLERANCE = 1e-6
"""Bits between the bounds at which the search ends."""

RECORDS_A_SYMBOL = 10
"""Of an empirical rate, at least: what a chi-square of the counts needs."""

_SLOPES = 60
_ROUNDS = 400
"""Of the iteration, for each slope."""

_ROUNDING = 1e-10
"""Bits by which the bounds, sums of at most 2^18 float64 terms, may be off."""

REFERENCE = (
    "Blahut 1972, IEEE Trans. Inf. Theory 18(4), the algorithm and its bounds; "
    "Arimoto 1972, IEEE Trans. Inf. Theory 18(1); Berger 1971, Theorem 2.5.3 (the lower bound)"
)
TILTED = "Kostina & Verdu 2012, IEEE Trans. Inf. Theory 58(6), D-tilted information"

Vector = NDArray[np.float64]


def blahut_arimoto(
    probabilities: ArrayLike, distortion: ArrayLike, *, target: float
) -> Measurement:
    """R(D) at D = `target`, in bits a symbol: `rate.blahut_arimoto`.

    `probabilities` (k,) of the source's symbols; `distortion` (k, m), what it costs to reproduce
    symbol j as k, of any unit, finite and not negative; `target`, the mean distortion allowed, in
    that unit. The interval is the algorithm's own, and no sampling error is in it: `n` is 0, for
    nothing was sampled. `value` is the upper end, the rate of a channel that meets the target.

    Raises:
        InputError: probabilities that are no distribution, a distortion matrix that does not fit,
            an alphabet above LARGEST, or a target below the least possible distortion.
    """
    p, d = _checked(probabilities, distortion)
    return _solve(p, d, target).measurement(0)


def empirical_rate(symbols: ArrayLike, distortion: ArrayLike, *, target: float) -> Measurement:
    """R(D) of the source that `symbols` (n,), independent draws of 0 to k - 1, come from.

    The rate of the counted frequencies, `rate.empirical`, in bits a symbol. Its error is, to first
    order, that of the mean of the D-tilted information, of which the sample gives the standard
    error (Kostina & Verdu 2012; Harrison & Kontoyiannis 2008); to second order, the plug-in
    lies below the truth by at most the divergence of the true distribution from the counted one,
    and 2n of that are chi-square with k - 1 degrees of freedom. The interval has both.

    Called unreliable below RECORDS_A_SYMBOL records a symbol, where a symbol was never seen, and
    where it cannot be told whether the target allows the rate 0.

    Raises:
        InputError: symbols that are not whole numbers below k; and as `blahut_arimoto`.
    """
    drawn = _numbers(symbols, "symbols")
    d = _numbers(distortion, "distortions")
    if drawn.ndim != 1 or drawn.dtype.kind not in "iu" or len(drawn) == 0:
        raise InputError(f"symbols must be whole numbers (n,), not {drawn.dtype} {drawn.shape}")
    if d.ndim != 2 or drawn.min() < 0 or drawn.max() >= len(d):
        raise InputError(
            f"symbols run from {drawn.min()} to {drawn.max()}, the distortion is {d.shape}"
        )
    n, k = len(drawn), len(d)
    p, d = _checked(np.bincount(drawn, minlength=k) / n, d)
    found = _solve(p, d, target)
    return _sampled(found, p, d, target, n)


def _sampled(found: _Search, p: Vector, d: Vector, target: float, n: int) -> Measurement:
    """The bounds of a search over frequencies `p`, each moved outwards by the sampling error."""
    seen, exact = p > 0, found.measurement(n)
    assert exact.low is not None
    assert exact.high is not None
    least = d[seen].min(1)
    steep = found.slope == math.inf
    tilted = found.tilted + (0.0 if steep else found.slope * least)
    error = DEVIATIONS * math.sqrt(_variance(tilted, p[seen]) / n) / math.log(2)
    second = float(chi2.ppf(LEVEL, len(p) - 1)) / (2 * n) / math.log(2) if len(p) > 1 else 0.0
    best = d[:, (p @ d).argmin()]
    spare = target - float(p @ best)
    edge = DEVIATIONS * math.sqrt(_variance(best, p) / n)
    if spare > edge:  # one letter alone meets the target, and would at the true distribution
        error = second = 0.0
    sampled = replace(
        exact,
        name="rate.empirical",
        low=max(0.0, exact.low - error - second),
        high=exact.high + error + second,
        method=f"{exact.method}, of {n} counted symbols, with their sampling error",
        reference=f"{REFERENCE}; {TILTED}",
    )
    doubts = {
        f"{n} records of {len(p)} symbols: too few to know their shares": n
        < RECORDS_A_SYMBOL * len(p),
        f"{int((~seen).sum())} of {len(p)} symbols were never seen": not seen.all(),
        "the target may or may not be met at the rate 0": abs(spare) <= edge and len(p) > 1,
        "the target is the least possible, which differs by symbol": steep and np.ptp(least) > 0,
    }
    reasons = [reason for reason, holds in doubts.items() if holds]
    return sampled.doubted(*reasons) if reasons else sampled


def _variance(of: Vector, p: Vector) -> float:
    return float(p @ (of - float(p @ of)) ** 2)


def _numbers(values: ArrayLike, what: str) -> NDArray[Any]:
    try:
        found = np.asarray(values)
    except ValueError:
        raise InputError(f"{what} must be numbers, in rows of one length") from None
    if found.dtype.kind not in "buif":
        raise InputError(f"{what} must be numbers, not {found.dtype}")
    return found if found.dtype.kind in "iu" else found.astype(np.float64)


def _checked(probabilities: ArrayLike, distortion: ArrayLike) -> tuple[Vector, Vector]:
    p, d = _numbers(probabilities, "probabilities"), _numbers(distortion, "distortions")
    if p.ndim != 1 or d.ndim != 2 or len(p) != len(d) or 0 in d.shape:
        raise InputError(
            f"probabilities (k,) and distortion (k, m) are needed, not {p.shape} and {d.shape}"
        )
    if max(d.shape) > LARGEST:
        raise InputError(f"alphabets of {d.shape} symbols; Blahut-Arimoto takes at most {LARGEST}")
    if not (np.isfinite(p).all() and (p >= 0).all() and abs(p.sum() - 1) < 1e-9):
        raise InputError(f"probabilities must not be negative and add up to 1, not to {p.sum()}")
    if not (np.isfinite(d).all() and (d >= 0).all()):
        raise InputError("a distortion is negative, NaN or infinite")
    return p / p.sum(), d


@dataclass
class _Search:
    """What is known of R at one distortion, in nats: `tilted` is -log Z_j at the best `slope`."""

    p: Vector
    d: Vector
    """Above each row's least, and of those symbols only that occur."""
    target: float
    tilted: Vector
    slope: float = 0.0
    low: float = 0.0
    points: list[tuple[float, float]] = field(default_factory=list)
    """Channels met: their distortions and mutual informations."""

    def look(self, slope: float, q: Vector) -> tuple[Vector, float]:
        """Descend from `q` at one slope; keep the bounds; the new q, and its distortion."""
        steepest = slope == math.inf
        a = (self.d == 0).astype(np.float64) if steepest else np.exp(-slope * self.d)
        for _ in range(_ROUNDS):
            z = a @ q
            c = (self.p / z) @ a
            top = math.log(c.max())
            if top < TOLERANCE / 8:
                break
            q = q * c
            q /= q.sum()
        z = a @ q
        share = self.p / z
        c = share @ a
        tilted = -np.log(z)
        base, used = float(self.p @ tilted), float(q @ (share @ (a * self.d)))
        low = base - math.log(c.max())
        if self.target > 0:
            low -= slope * self.target
        if low > self.low:
            self.low, self.tilted, self.slope = low, tilted, slope
        given = q * c
        loss = float(given[c > 0] @ np.log(c[c > 0]))
        self.points.append((used, base - loss - (0.0 if steepest else slope * used)))
        return q, used

    @property
    def high(self) -> float:
        """The least rate on a line between two channels that, in turns, meet the target."""
        under = [(d, i) for d, i in self.points if d <= self.target]
        best = min((i for _, i in under), default=math.inf)
        for d1, i1 in under:
            for d2, i2 in self.points:
                if d2 > self.target:
                    best = min(best, i1 + (i2 - i1) * (self.target - d1) / (d2 - d1))
        return max(0.0, best)

    def measurement(self, n: int) -> Measurement:
        low, high = self.low / math.log(2), self.high / math.log(2)
        found = Measurement(
            "rate.blahut_arimoto", "bits", high, max(0.0, low - _ROUNDING), high + _ROUNDING, n,
            f"Blahut-Arimoto, {len(self.points)} slopes", REFERENCE, Means.BOUNDS,
        )  # fmt: skip
        if high - low > 2 * TOLERANCE:
            found = found.warned(f"the search ended with {high - low:.2g} bits between its bounds")
        return found


def _solve(p: Vector, d: Vector, target: float) -> _Search:
    """Bounds on R(target), by bisection of the slope."""
    least = d.min(1)
    if not math.isfinite(target) or target < float(p @ least) * (1 - 1e-12):
        raise InputError(f"a distortion of {target}; the least possible is {float(p @ least):.6g}")
    seen = p > 0
    above = (d - least[:, None])[seen]
    search = _Search(p[seen], above, max(0.0, target - float(p @ least)), np.zeros(len(above)))
    free = float((search.p @ above).min())
    if search.target >= free:
        search.points.append((free, 0.0))
    else:
        _bisect(search, free)
    return search


def _bisect(search: _Search, free: float) -> None:
    """Narrow the slope until the bounds meet; `free`: the distortion that costs nothing."""
    q = np.full(search.d.shape[1], 1 / search.d.shape[1])
    search.points.append((free, 0.0))
    search.look(math.inf, q)
    if search.target <= 0:
        return
    low, high, slope = 0.0, math.inf, 1 / free
    for _ in range(_SLOPES):
        # mixed with the uniform, so that no letter of an earlier slope is lost for good
        q, used = search.look(slope, 0.99 * q + 0.01 / len(q))
        if search.high - search.low < TOLERANCE * math.log(2):
            return
        low, high = (slope, high) if used > search.target else (low, slope)
        slope = 2 * slope if high == math.inf else (low + high) / 2
