"""The receiver operating characteristic: members found against false alarms raised.

A score's rank is all that counts. Equal scores are taken in a random order, and figures are the
mean over all such orders: a score that is the same for all finds as many as it falsely accuses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from fewbytes.audits.membership.halves import Members
from fewbytes.audits.membership.shadows import Floats


def area(scores: Floats, members: Members) -> float:
    """The probability that a member scores higher than a non-member, equal scores counting half:
    the area under the curve. `scores` and `members` of one shape.
    """
    ranks = rankdata(scores, axis=None)
    inside = members.reshape(-1)
    m, n = int(inside.sum()), int((~inside).sum())
    return float((ranks[inside].sum() - m * (m + 1) / 2) / (m * n))


def found_at(scores: Floats, members: Members, rates: NDArray[np.float64]) -> Floats:
    """The share of members found at each rate of false alarms, (rates,).

    At k of n non-members the threshold is the score of the k-th highest of them; between whole k,
    one of both thresholds is drawn. Of scores that say nothing k / (n + 1) of the members are found
    so, not more than k / n.
    """
    inside = np.sort(scores[members])
    outside = np.sort(scores[~members])
    k = rates * len(outside)
    below = np.floor(k + 1e-9).astype(np.int64)
    above = np.minimum(below + 1, len(outside))
    low, high = (_above(inside, outside, count) for count in (below, above))
    share: Floats = (low + (high - low) * np.clip(k - below, 0, 1)) / len(inside)
    return share


def _above(inside: Floats, outside: Floats, count: NDArray[np.int64]) -> Floats:
    """Members above the `count`-th highest non-member, the mean over orders of equal scores; both
    ascending. None above no non-member.
    """
    threshold = outside[-np.maximum(count, 1)]
    over = len(inside) - np.searchsorted(inside, threshold, side="right")
    tied = len(inside) - np.searchsorted(inside, threshold, side="left") - over
    left, right = (np.searchsorted(outside, threshold, side=side) for side in ("left", "right"))
    rank = count - (len(outside) - right)
    found: Floats = np.where(count > 0, over + tied * rank / (right - left + 1), 0.0)
    return found


def curve(scores: Floats, members: Members, points: int = 200) -> tuple[Floats, Floats]:
    """Rates of false alarms, evenly spaced on a log scale from one non-member to all, and the
    shares of members found, both (points,).
    """
    rates = np.geomspace(1 / int((~members).sum()), 1, points)
    return rates, found_at(scores, members, rates)
