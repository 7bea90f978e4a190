"""Shares with intervals that hold for networks trained anew, on other halves of the same pool.

Records are attacked under the same network, with the same shadows, and so depend on each other. The
variance of a share is the jackknife's over networks (Quenouille 1956, Biometrika 43): each in turn
is left out, as a target and as a shadow, and the whole attack is made again, its threshold too. As
networks come in complementary pairs, no theorem says that it is large enough; in simulations it is
(see the tests, which also say how often intervals miss).

The interval is that of Korn & Graubard 1998, "Confidence intervals for proportions with small
expected number of positive counts estimated from survey data", Survey Methodology 24: Clopper &
Pearson's of so many independent records as would vary as much, and fewer by (z / t)^2, as the
variance itself comes from few networks.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import betaincinv, ndtri, stdtrit

from fewbytes.audits.membership.shadows import Floats, Shadows
from fewbytes.measures.measurement import LEVEL

REFERENCE = "Korn & Graubard 1998, Survey Methodology 24 (the interval)"


def jackknifed(shadows: Shadows, figures: Callable[[Shadows], Floats]) -> tuple[Floats, Floats]:
    """Figures (k,) of a set of networks, and their variances (k,) between networks."""
    n = len(shadows)
    without = np.array([figures(shadows.without(i)) for i in range(n)])
    variances: Floats = (n - 1) / n * ((without - without.mean(0)) ** 2).sum(0)
    return figures(shadows), variances


def interval(
    share: float, variance: float, n: int, networks: int, level: float = LEVEL
) -> tuple[float, float]:
    """Ends of the interval of a share of n records, of so many networks, known up to `variance`.

    How much a record varies is taken at the share moved by one standard deviation towards a half:
    at 0 and at 1 itself it would not.
    """
    deviation = math.sqrt(variance)
    middle = min(max(0.5, share - deviation), share + deviation)
    spread = middle * (1 - middle)
    effective = n if variance * n <= spread else spread / variance
    tail = (1 - level) / 2
    effective *= float(ndtri(tail) / stdtrit(networks - 1, tail)) ** 2
    x = share * effective
    low = 0.0 if x <= 0 else float(betaincinv(x, effective - x + 1, tail))
    high = 1.0 if x >= effective else float(betaincinv(x + 1, effective - x, 1 - tail))
    return min(low, share), max(high, share)
