"""What a secret rotation or permutation of codes leaves: figures of a bag that no key changes.

Lengths, distances and angles of codes are kept by every rotation and permutation, and nearly by
every random projection (Johnson & Lindenstrauss 1984). With them are kept the eigenvalues of the
covariance. A permutation also keeps the distribution of every position, though not which it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEADING = 8
"""Eigenvalues of their own; with fewer than twice as many codes, half as many as codes."""

_PARTS = np.linspace(0.0, 1.0, 7)
"""Quantiles that a distribution is described by."""

_LEAST = 1e-6
"""Figures below this share of the largest of their kind are taken for rounding."""

Floats = NDArray[np.float64]


def invariants(gram: Floats) -> Floats:
    """Of k codes whose inner products are `gram` (k, k), a vector whose length k decides.

    In logarithms: quantiles of lengths; from 3 codes on, of distances, and the length of the mean;
    from 4 codes on, the leading eigenvalues of the covariance and what is left of its trace.
    """
    k = len(gram)
    squares = np.diag(gram)
    found = [np.quantile(_log(squares), _PARTS if k > 1 else [0.5])]
    if k >= 3:
        rows, columns = np.triu_indices(k, 1)
        apart = squares[rows] + squares[columns] - 2 * gram[rows, columns]
        found += [np.quantile(_log(apart), _PARTS), _log(gram.mean(keepdims=True).ravel())]
    if k >= 4:
        centred = gram - gram.mean(0) - gram.mean(1)[:, None] + gram.mean()
        values = np.linalg.eigvalsh(centred)[::-1] / k
        leading = min(LEADING, k // 2)
        found.append(_log(np.append(values[:leading], values[leading:].sum())))
    return np.concatenate(found)


def of_positions(codes: Floats) -> Floats:
    """What a permutation of positions leaves of codes (k, d) beside: quantiles, over positions, of
    each one's mean, and with more codes of its standard deviation.
    """
    moments = [codes.mean(0)] + ([codes.std(0)] if len(codes) > 1 else [])
    spread = float(np.sqrt(np.mean(np.square(codes)))) or 1.0
    return np.concatenate([np.quantile(one / spread, _PARTS) for one in moments])


def _log(figures: Floats) -> Floats:
    """Logarithms of what is not negative but for rounding."""
    largest = float(np.abs(figures).max()) or 1.0
    return np.log(np.maximum(figures, _LEAST * largest))
