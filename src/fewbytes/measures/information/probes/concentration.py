"""How far a mean, a frequency or an entropy of a sample may stray from what is expected of it.

`failure` is the probability with which each statement may be wrong.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import logsumexp, xlogy

from fewbytes.measures.information.probes.entropy_region import entropy_within
from fewbytes.measures.measurement import LEVEL

TAIL = (1 - LEVEL) / 2
"""The probability with which one end of an interval at LEVEL may be wrong."""

AMPLE = 50
"""Records of a class from which its frequency tells the logarithm of its probability."""

SHARES = np.geomspace(0.99, 0.01, 12)
"""Bets of `mean_low`: small ones suit many values, large ones few or much alike."""


def mean_low(
    values: NDArray[np.float64],
    least: float,
    most: float,
    failure: float,
    weights: NDArray[np.int64] | None = None,
) -> float:
    """A lower end of the expected mean of independent values (n,) between `least` and `most`; value
    i stands for `weights[i]` equal ones.

    Waudby-Smith & Ramdas (2024), "Estimating means of bounded random variables by betting", section
    4: were the expectation m, the capital prod_i (1 + b (x_i - m) / m) of one who bets a share b
    on every value, x in [0, 1], would have expectation 1 at most (where expectations differ between
    values, by the inequality of the arithmetic and geometric means), so it exceeds 1 / failure with
    at most that probability (Markov). The capital is averaged over shares fixed beforehand. Nothing
    is supposed of the distribution, so this holds for losses with rare large values, and it is far
    closer than the empirical Bernstein bound of Maurer & Pontil (2009), Theorem 11, where the span
    is wide.
    """
    if most <= least:
        return float(values.min())
    x = (values - least) / (most - least)
    many = np.ones(len(x)) if weights is None else weights

    def log_capital(mean: float) -> float:
        growth = np.log1p(SHARES[:, None] * (x / mean - 1)) @ many
        return float(logsumexp(growth)) - math.log(len(SHARES) / failure)

    low, high = 1e-9, float(x @ many / many.sum())
    if high <= low or log_capital(low) <= 0:
        return least
    return least + (most - least) * float(brentq(log_capital, low, high, xtol=1e-9))


def frequency_divergence(n: int, classes: int, failure: float) -> float:
    """How far n observed labels' frequencies may be from their probabilities: a bound of the
    Kullback-Leibler divergence D(frequencies || probabilities), in nats. Agrawal (2020),
    "Finite-sample concentration of the multinomial in relative entropy", Theorem I.2.
    """
    if classes < 2:
        return 0.0
    free, log = classes - 1, math.log(1 / failure)

    def excess(x: float) -> float:
        return x - free - free * math.log(x / free) - log

    return float(brentq(excess, free, 2 * free + 4 * log + 10)) / n


def entropy_interval(counts: NDArray[np.int64], failure: float) -> tuple[float, float, float]:
    """Entropy in bits of the distribution that `counts` (classes,) were drawn from: low end,
    plug-in value, high end, each end wrong with probability `failure`. `counts` has a place for
    every class that there can be, drawn or not: without those the high end would not hold.

    Where all have AMPLE records: with frequencies q and probabilities p, H(p) = H(q) + D(q || p)
    - (mean of -log p on the sample less its expectation). The divergence is at least 0 and has
    Agrawal's bound; the mean's error has that of `mean_low`, with -log q for -log p.

    Otherwise q does not tell log p of rare classes, and ends are the closer of two that suppose
    nothing of p, each taken at half of `failure`: those of `entropy_within`, for Agrawal's bound;
    and the plug-in value, whose mean is at most H(p) and at least H(p) - log2(1 + (K - 1) / n)
    (Paninski 2003, "Estimation of entropy and mutual information", proposition 1), and which
    strays from it by log2(e n) sqrt(ln(1 / a) / (2 n)) with a chance of a at most (McDiarmid; Antos
    & Kontoyiannis 2001).
    """
    n, classes = int(counts.sum()), len(counts)
    plug_in = plug_in_entropy(counts)
    if counts.min() >= AMPLE:
        surprise = -np.log2(counts / n)
        least, most = float(surprise.min()), float(surprise.max())
        low = mean_low(surprise, least, most, failure, counts)
        high = -mean_low(-surprise, -most, -least, failure / 2, counts)
        high += frequency_divergence(n, classes, failure / 2) / math.log(2)
    else:
        low, high = entropy_within(counts, frequency_divergence(n, classes, failure / 2))
        stray = math.log2(math.e * n) * math.sqrt(math.log(2 / failure) / (2 * n))
        low = max(low, plug_in - stray)
        high = min(high, plug_in + math.log2(1 + (classes - 1) / n) + stray)
    return max(0.0, min(low, plug_in)), plug_in, max(plug_in, min(math.log2(classes), high))


def plug_in_entropy(counts: NDArray[np.int64]) -> float:
    """Entropy of the frequencies of `counts` (classes,), in bits."""
    shares = counts / counts.sum()
    return float(-np.sum(xlogy(shares, shares))) / math.log(2) + 0.0
