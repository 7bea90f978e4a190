"""The covariance of images, shrunk towards equal variances where there are few.

Ledoit & Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices",
J. Multivariate Anal. 88, equation 14: S* = (b^2 / d^2) m I + (1 - b^2 / d^2) S, where m is the mean
variance, d^2 = |S - m I|^2, and b^2, at most d^2, estimates the squared error of S. No pixel's
variance is then 0, and the matrix can be inverted, however few the images.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def shrunk_covariance(records: NDArray[Any]) -> Floats:
    """The covariance (p, p) of records (n, p), n at least 2."""
    centred = np.array(records, np.float64)
    centred -= centred.mean(0)
    n, p = centred.shape
    sample: Floats = centred.T @ centred / n
    variance = float(np.trace(sample)) / p
    norm = float(np.square(sample).sum())
    spread = norm - p * variance**2
    error = (float(np.square(np.square(centred).sum(1)).sum()) / n - norm) / n
    share = 1.0 if spread <= 0 else min(1.0, max(0.0, error / spread))
    sample *= 1 - share
    sample[np.diag_indices(p)] += share * variance
    return sample
