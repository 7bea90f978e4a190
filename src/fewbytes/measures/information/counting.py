"""What counts of symbols say of the distribution they come from.

Entropy is taken by Grassberger's estimator of 2003,

    G(k) = psi(k) + (-1)^k / 2 (psi((k + 1) / 2) - psi(k / 2)),    H = ln n - sum_i n_i / n G(n_i),

because the sign and the size of its bias are known. A symbol that is expected to be seen l times
adds p b(l) too little, with b(l) = E[G(X + 1)] - ln l for a Poisson X of mean l, and

    0 <= b(l) <= exp(-l) ln(1 + 0.3 / l)

(checked numerically: 0.3 may fall to 0.29). The mean of the estimate is therefore never above the
entropy. As sum_i p_i exp(-l_i) = M is the expected fraction of records whose symbol is seen once,
and q ln(1 + a / q) is concave, K symbols of which n are drawn leave out at most

    M ln(1 + 0.3 K / (n M))                                                                      (1)

nats: what is unknown about symbols rarely seen, in terms of what is known.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, gammaln, logsumexp, psi
from scipy.stats import chi2

from fewbytes.errors import InputError
from fewbytes.measures.measurement import DEVIATIONS, LEVEL

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

ALPHA = (1 - LEVEL) / 2
"""Chance that one end of an interval fails."""

SHARE = ALPHA / 3
"""The same where the best of up to three proven ends is taken."""

NATS_TO_BITS = 1 / math.log(2)

RARE = -math.log(ALPHA)
"""A symbol expected this often in a sample is missing from it with chance ALPHA: 7.6."""

_BIAS = 0.3
_DIGEST_BYTES = 16
_CHUNK_BYTES = 1 << 25
_LEAST_GUESS = 1 << 16
_MOST_PAIRS = 10_000
_LEAST = 1e-15
_PRECISION = 1e-6


def checked(codes: NDArray[np.generic], what: str, fewest: int) -> NDArray[np.generic]:
    """Discrete records as (n, d).

    Raises:
        InputError: not whole numbers, no positions, or fewer than `fewest` records.
    """
    codes = np.asarray(codes)
    if codes.dtype.kind not in "iub":
        raise InputError(f"{what} are {codes.dtype}; their entropy needs whole numbers")
    if codes.ndim == 0 or codes[:1].size == 0 or len(codes) < fewest:
        raise InputError(f"{what} of shape {codes.shape}; the estimate needs {fewest} records")
    if codes.dtype.kind == "b":
        codes = codes.view(np.uint8)
    if codes.dtype == np.uint64 and int(codes.max()) > np.iinfo(np.int64).max:
        raise InputError(f"{what} hold {codes.max()}, which is above 2^63 - 1")
    return codes.reshape(len(codes), -1)


def alphabet_of(codes: NDArray[np.generic], given: int | None, what: str) -> int:
    """Symbols there can be: as given, or all that the type has, up to 2^16 or twice the range seen.

    Raises:
        InputError: symbols outside an alphabet that is given.
    """
    low, high = int(codes.min()), int(codes.max())
    if given is not None:
        if given < 1 or low < 0 or high >= given:
            raise InputError(f"{what} run from {low} to {high}; the alphabet has {given} symbols")
        return given
    guess = 1 << (2 * (high - min(low, 0) + 1) - 1).bit_length()
    return min(max(guess, _LEAST_GUESS), 1 << (8 * codes.dtype.itemsize))


def record_counts(codes: NDArray[np.generic]) -> Counts:
    """How often each distinct record of `codes` (n, d) occurs, most often first.

    Records are told apart by 128 bits of BLAKE2b, so that memory does not grow with d.
    """
    seen: Counter[bytes] = Counter()
    rows = max(1, _CHUNK_BYTES // codes[0].nbytes)
    for start in range(0, len(codes), rows):
        block = np.ascontiguousarray(codes[start : start + rows])
        seen.update(blake2b(row.data, digest_size=_DIGEST_BYTES).digest() for row in block)
    return np.sort(np.fromiter(seen.values(), np.int64, len(seen)))[::-1]


def symbol_counts(symbols: NDArray[np.generic]) -> tuple[Counts, Counts]:
    """Counts of the symbols (n,), zeros among them, and where in them each record's count is."""
    low, high = int(symbols.min()), int(symbols.max())
    if high - low < max(1 << 12, 4 * len(symbols)):
        places = symbols.astype(np.int64) - low
        return np.bincount(places), places
    _, places, counts = np.unique(symbols, return_inverse=True, return_counts=True)
    return counts.astype(np.int64), places.astype(np.int64)


def descending(counts: Counts) -> Counts:
    """Those above zero, the largest first."""
    return np.sort(counts[counts > 0])[::-1]


def grassberger(counts: Counts) -> float:
    """Grassberger's estimate in bits (2003, arXiv:physics/0307138); `counts` are positive."""
    values, repeats = np.unique(counts, return_counts=True)
    k = values.astype(np.float64)
    sign = np.where(values % 2, -1.0, 1.0)
    g = psi(k) + 0.5 * sign * (psi((k + 1) / 2) - psi(k / 2))
    n = float(counts.sum())
    return NATS_TO_BITS * float(math.log(n) - (repeats * k * g).sum() / n)


def unseen(counts: Counts, log2_alphabet: float) -> float:
    """Bits that may be missing from Grassberger's estimate: the bias (1), with M at its upper
    limit (a count of symbols seen once is at most as spread as a Poisson one), and what a set of
    symbols with a chance of RARE / n, of which none was drawn, would add.
    """
    n = float(counts.sum())
    if math.log2(len(counts)) > log2_alphabet - 1e-9 and counts[-1] > 1:
        return 0.0
    once = float(chi2.ppf(1 - ALPHA, 2 * int((counts == 1).sum()) + 2)) / 2
    log_ratio = math.log(_BIAS) + log2_alphabet / NATS_TO_BITS - math.log(once)
    bias = once / n * float(np.logaddexp(0, log_ratio))
    missing = min(1.0, RARE / n)
    return NATS_TO_BITS * (bias + missing * (1 - math.log(missing)))


@dataclass(frozen=True)
class Estimate:
    """Grassberger's figure in bits, its interval, and the fraction of records seen once."""

    value: float
    low: float
    high: float
    once: float


def influence(counts: Counts) -> Floats:
    """Surprisal of a symbol by its count, up to a constant, in bits: n times what the plug-in
    estimate loses without one record, k log k - (k - 1) log (k - 1). Zero for a count of zero.
    """
    k = np.maximum(counts, 1).astype(np.float64)
    return np.log2(np.maximum(k - 1, 1)) * (k - 1) - k * np.log2(k)


def parity(counts: Counts) -> float:
    """Variance in bits^2 from the term of G(k) that is +1 / (2 k) or -1 / (2 k), as k is even or
    not, which the plug-in estimate lacks: (1 / (2 n))^2 nats^2 for each symbol.
    """
    return NATS_TO_BITS**2 * len(counts) / (4 * float(counts.sum()) ** 2)


def estimate(counts: Counts, log2_alphabet: float) -> Estimate:
    """Entropy of one discrete variable from its positive counts, the largest first.

    The standard error is the jackknife's (Efron and Stein 1981), which for large counts is that of
    the mean surprisal (Basharin 1959), but does not miss a third of the spread where counts are
    small. It is no less than the second-order one, of (K - 1) / (2 n^2) nats^2, which alone is left
    where the distribution is uniform. The lower end needs no more, as the bias is downward; the
    upper one has `unseen` added.
    """
    n = float(counts.sum())
    surprisal = influence(counts)
    mean = float(counts @ surprisal) / n
    variance = float(counts @ (surprisal - mean) ** 2) / n / n + parity(counts)
    error = math.sqrt(max(variance, NATS_TO_BITS**2 * (len(counts) - 1) / (2 * n * n)))
    value = grassberger(counts)
    if len(counts) == 1:
        value = error = 0.0
    high = min(value + DEVIATIONS * error + unseen(counts, log2_alphabet), log2_alphabet)
    low = max(0.0, value - DEVIATIONS * error)
    value = min(max(0.0, value), high)
    return Estimate(value, min(low, value), high, float((counts == 1).sum()) / n)


def least_entropy(counts: Counts) -> float:
    """A proven lower end of the entropy, in bits.

    The mean of the plug-in estimate is not above the entropy (Jensen), and as one record of n
    changes it by log2(e n) / n at most, it exceeds its mean by
    log2(e n) sqrt(ln(1 / a) / (2 n)) with a chance of a at most (McDiarmid 1989; Antos and
    Kontoyiannis 2001).
    """
    n = float(counts.sum())
    plug_in = float(counts @ -np.log2(counts / n)) / n
    slack = math.log2(math.e * n) * math.sqrt(-math.log(SHARE) / (2 * n))
    return max(0.0, plug_in - slack)


def most_collision(counts: Counts) -> float:
    """A proven upper end of the collision probability sum_i p_i^2 = c^2.

    Pairs are not independent, and a rare common record shows in few of them: with no colliding
    pair among n records, a uniform distribution would have n c < sqrt(2 ln(1 / a)), but one symbol
    of probability c and all else distinct has a chance (1 - c)^n + n c (1 - c)^(n - 1) of it. That
    is the worst case: merge symbols a and b into sqrt(a^2 + b^2) and spread the rest of their mass
    thinly, d = a + b - sqrt(a^2 + b^2). With w_k = exp(-t k (k - 1) / 2), no coefficient of
    prod_i sum_k w_k (p_i z)^k / k! falls by that, and that of z^n is E[exp(-t S)] / n! for S
    colliding pairs: for t = infinity (1 + a z) (1 + b z) and (1 + sqrt(a^2 + b^2) z) exp(d z) agree
    up to z^2, and for finite t it was checked numerically. So Chernoff's bound for that symbol
    holds for all distributions,

        P(S <= s) <= min_t exp(t s) E[exp(-t X (X - 1) / 2)],    X ~ Binomial(n, c),

    and c is where it falls to SHARE.
    """
    n = int(counts.sum())
    pairs = float((counts * (counts - 1) // 2).sum())
    if pairs > _MOST_PAIRS:
        return 1.0
    if pairs == 0:
        return _reach(lambda c: (1 - c) ** (n - 1) * (1 - c + n * c) > SHARE, 1.0) ** 2
    k = np.arange(min(n, 8 * math.isqrt(int(2 * pairs)) + 200) + 1, dtype=np.float64)
    choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    tilts = np.geomspace(1e-2, 30, 60)[:, None] / pairs**0.75
    weights = choose - tilts * (k * (k - 1) / 2 - pairs)
    beyond = -tilts[:, 0] * (k[-1] * (k[-1] + 1) / 2 - pairs)

    def chance(c: float) -> float:
        chances = logsumexp(weights + k * math.log(c) + (n - k) * math.log1p(-c), axis=1)
        return float(np.logaddexp(chances, beyond).min())

    return _reach(lambda c: chance(c) > math.log(SHARE), 1 - 1e-9) ** 2


def _reach(holds: Callable[[float], bool], most: float) -> float:
    """Where `holds`, true of small positive figures, stops being so, from above; or `most`."""
    if holds(most):
        return 1.0
    low, high = math.log(_LEAST), math.log(most)
    while high - low > _PRECISION:
        middle = (low + high) / 2
        low, high = (middle, high) if holds(math.exp(middle)) else (low, middle)
    return math.exp(high)


def most_likely(counts: Counts) -> tuple[float, float]:
    """Ends of the largest probability p, proven at level ALPHA each, from the largest count x.

    Upper: the most probable symbol was seen x times or less, so Clopper and Pearson's limit holds.
    Lower: x is the largest of many counts. Symbols that all have at most p reach x with a chance
    of at most P(Binomial(n, p) >= x) / p together, because there are 1 / p of them and that ratio
    rises in p up to (x - 1) / (n - 1); p is where it comes to ALPHA.
    """
    n, most = int(counts.sum()), int(counts[0])
    high = 1.0 if most == n else float(betaincinv(most + 1, n - most, 1 - ALPHA))
    if most == 1:
        return 0.0, high

    def rare(p: float) -> bool:
        return float(betainc(most, n - most + 1, p)) <= ALPHA * p

    return _reach(rare, (most - 1) / (n - 1)) * (1 - 2 * _PRECISION), high
