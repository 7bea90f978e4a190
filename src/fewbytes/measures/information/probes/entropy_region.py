"""The least and the greatest entropy of all distributions near observed frequencies.

Near: D(q || p) <= r, for frequencies q and probabilities p. With Lagrange multipliers, stationary
points of H(p) on the boundary have w_i + log|w_i| = s + log q_i and p_i proportional to exp(w_i),
with one s for all classes (Lambert's function W; classes never seen have w = 0 for the greatest
entropy, p = 0 for the least).

- Greatest: all w_i > 0. From s = -infinity, where p is uniform, to infinity, where it is q.
- Least: all w_i < -1, but for that of the most frequent class, which may be between -1 and 0. Two
  such classes would be no minimum (the second derivative along p_i - p_j), and one that is not the
  most frequent had better change places with it, which leaves H and lowers D.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import entr, lambertw, logsumexp, wrightomega

Floats = NDArray[np.float64]

_FARTHEST = 1e9
_NEWTON = 40
_ROUNDING = 1e-9
_DEPTHS = np.geomspace(1e-12, _FARTHEST, 80)


def entropy_within(counts: NDArray[np.int64], nats: float) -> tuple[float, float]:
    """Least and greatest entropy in bits of distributions p over classes with D(q || p) of `nats`
    at most, q the frequencies of `counts` (classes,).
    """
    levels, repeats = np.unique(counts[counts > 0], return_counts=True)
    seen = _Seen(levels / counts.sum(), repeats.astype(np.float64), len(counts))
    return seen.least(nats) / math.log(2), seen.greatest(nats) / math.log(2)


@dataclass(frozen=True)
class _Seen:
    """Frequencies q (levels,), ascending, how many classes have each, and all classes there are."""

    q: Floats
    repeats: Floats
    classes: int

    def _divergence(self, logs: Floats) -> float:
        return float(self.repeats @ (self.q * (np.log(self.q) - logs)))

    def greatest(self, nats: float) -> float:
        """Greatest entropy in nats."""
        unseen = self.classes - int(self.repeats.sum())

        def logs(s: float) -> tuple[Floats, float]:
            w = np.asarray(wrightomega(s + np.log(self.q)))
            total = float(logsumexp(np.append(w, 0.0), b=np.append(self.repeats, unseen)))
            return w - total, -total

        def excess(s: float) -> float:
            return self._divergence(logs(s)[0]) - nats

        if excess(-40) <= 0:
            return math.log(self.classes)
        s = float(brentq(excess, -40, _FARTHEST, rtol=1e-9)) if excess(_FARTHEST) < 0 else _FARTHEST
        p, other = logs(s)
        return -float(self.repeats @ (np.exp(p) * p)) - unseen * math.exp(other) * other

    def least(self, nats: float) -> float:
        """Least entropy in nats."""
        if self.repeats.sum() == 1:
            return 0.0
        # the most frequent class is set apart: of those that have the same frequency, one only
        repeats = np.append(self.repeats, 1.0)
        repeats[-2] -= 1
        path = _Path(np.append(self.q, self.q[-1]), repeats)
        ends: list[float] = []
        for depth, shallow in ((1 + _DEPTHS[::-1], False), (1 + _DEPTHS, True)):
            divergence, entropy = path.at(depth, shallow)
            inside = divergence <= nats
            ends += list(entropy[inside])
            for k in np.flatnonzero(inside[1:] != inside[:-1]):
                ends.append(path.crossing(depth[k], depth[k + 1], shallow, nats))
        return max(0.0, min(ends) - _ROUNDING)


@dataclass(frozen=True)
class _Path:
    """Stationary points of least entropy by -s - log q of the most frequent class, which is alone
    in the last place of `q` and `repeats` (levels,).
    """

    q: Floats
    repeats: Floats

    def at(self, depth: Floats, shallow: bool) -> tuple[Floats, Floats]:
        """D(q || p) and H(p) in nats, (m,), for depths (m,) from 1; `shallow`: the most frequent
        class has -1 <= w < 0.
        """
        deep = _deep(depth[:, None] + np.log(self.q[-1] / self.q))
        if shallow:
            deep[:, -1] = -lambertw(-np.exp(-depth)).real
        logs = -deep - logsumexp(-deep, b=self.repeats, axis=1, keepdims=True)
        return (np.log(self.q) - logs) @ (self.repeats * self.q), entr(np.exp(logs)) @ self.repeats

    def crossing(self, first: float, last: float, shallow: bool, nats: float) -> float:
        """H(p) in nats where D(q || p) comes to `nats` between two depths."""

        def excess(depth: float) -> float:
            return float(self.at(np.array([depth]), shallow)[0][0]) - nats

        depth = float(brentq(excess, first, last, rtol=1e-9))
        return float(self.at(np.array([depth]), shallow)[1][0])


def _deep(b: Floats) -> Floats:
    """v >= 1 of v - log v = b, for b >= 1, by Newton's method from a point beyond the root:
    Chatzigeorgiou (2013), "Bounds on the Lambert function", theorem 1.
    """
    u = np.maximum(b - 1, 0)
    v = 1 + np.sqrt(2 * u) + u
    for _ in range(_NEWTON):
        slope = 1 - 1 / v
        v = np.where(slope > 0, v - (v - np.log(v) - b) / np.where(slope > 0, slope, 1), v)
        v = np.maximum(v, 1.0)
    return np.asarray(v)
