"""How typical a record is of a set: its log density under a Gaussian with few principal axes.

The maximum-likelihood density of probabilistic principal component analysis (Tipping & Bishop 1999,
J. R. Stat. Soc. B 61, eq. 7 and 8): the leading axes have variances of their own, all others one
in common. It serves as a score. Nothing supposes that records are Gaussian.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

AXES = 32
"""Axes with a variance of their own, at most; a tenth of the records where they are few."""

_LEAST = 1e-9
"""Variance of the other axes, as a share of the mean variance, at least."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Gaussian:
    """Mean (d,), leading axes (d, q), their variances (q,), and that of every other axis."""

    mean: Floats
    axes: Floats
    variances: Floats
    other: float

    @classmethod
    def of(cls, points: NDArray[np.floating]) -> Gaussian:
        """Fitted to points (n, d)."""
        n, d = points.shape
        exact = points.astype(np.float64)
        mean = exact.mean(0)
        exact -= mean
        total = float(np.square(exact).sum()) / n
        count = min(AXES, d - 1, n // 10)
        variances, axes = _leading(exact, count)
        rest = (total - float(variances.sum())) / max(1, d - len(variances))
        other = max(rest, _LEAST * total / d, 1e-30)
        return cls(mean, axes, np.maximum(variances, other), other)

    def log_density(self, points: NDArray[np.floating]) -> Floats:
        """Of points (n, d): (n,), natural logarithm, without the constant of 2 pi."""
        around = points - self.mean
        along = around @ self.axes
        beside = np.maximum(np.square(around).sum(1) - np.square(along).sum(1), 0)
        free = len(self.mean) - len(self.variances)
        logs = float(np.log(self.variances).sum()) + free * math.log(self.other)
        far = np.square(along) / self.variances
        found: Floats = -0.5 * (far.sum(1) + beside / self.other + logs)
        return found


def _leading(around: Floats, count: int) -> tuple[Floats, Floats]:
    """The `count` largest variances of centred points (n, d), fewer where they are none, and their
    axes (d, count); by the smaller of covariance and Gram matrix.
    """
    n, d = around.shape
    if count < 1:
        return np.zeros(0), np.zeros((d, 0))
    wide = d > n
    variances, vectors = np.linalg.eigh((around @ around.T if wide else around.T @ around) / n)
    variances, vectors = variances[::-1][:count], vectors[:, ::-1][:, :count]
    kept = variances > 1e-12 * max(float(variances[0]), 1e-300)
    variances, vectors = variances[kept], vectors[:, kept]
    axes = around.T @ vectors / np.sqrt(n * variances) if wide else vectors
    return variances, axes
