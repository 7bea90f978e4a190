"""Codes foretold from images: ridge regression, its penalty chosen inside the known pairs.

    W = (X'X + a I)^-1 X'Y,   a = argmin of |Y - X W|^2 / (n - 1 - trace H)^2

(Hoerl & Kennard 1970, Technometrics 12; Golub, Heath & Wahba 1979, Technometrics 21: generalized
cross-validation) for centred images X and codes Y, where H is the matrix that makes fitted codes of
Y. One eigendecomposition, of X'X or of XX' where that is smaller, serves all penalties. The errors
to come are those of each pair foretold from the others, which are had at once as the residuals
divided by 1 - h, h being the pair's place on the diagonal of H + 1/n.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.affine_map import AffineMap, Floats

PENALTIES = np.concatenate([[np.inf], np.logspace(2, -10, 37)])
"""Tried, in shares of the largest eigenvalue; the first predicts the mean. Of equals, the first."""

RANK = 1e-12
"""Least eigenvalue, as a share of the largest, that is not rounding of float32 coefficients."""

_ALONE = 1e-8
"""Least of 1 - h: a pair that alone tells of something leaves no residual to divide."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Encoder:
    """What n known pairs tell of how codes are made of images."""

    map: AffineMap
    """Images to codes."""
    rank: int
    """Dimensions of the affine span of the known images."""
    noise: float
    """Mean squared error of a code value, of pairs foretold from the others."""
    residual: Floats | None
    """Covariance (d, d) of those errors, shrunk by d / n to equal ones; None where n <= d, so that
    equal ones are all that is left."""


def learned_encoder(images: Vectors, codes: Vectors) -> Encoder:
    """Learn from images (n, p) and codes (n, d), n at least 1."""
    n, p = images.shape
    x, y = images.astype(np.float64), codes.astype(np.float64)
    centre, mean = x.mean(0), y.mean(0)
    x -= centre
    y -= mean
    few = n <= p
    values, vectors = components(x @ x.T if few else x.T @ x)
    left = vectors if few else x @ (vectors / np.sqrt(values))
    along = left.T @ y
    kept = _kept(values, np.square(along).sum(1), float(np.square(y).sum()), n)
    right = vectors if few else vectors * np.sqrt(values)
    known = AffineMap(
        centre, x.T if few else None, right @ ((kept / values)[:, None] * along), mean
    )
    errors = y - left @ (kept[:, None] * along)
    errors /= np.maximum(1 - 1 / n - np.square(left) @ kept, _ALONE)[:, None]
    noise = float(np.square(errors).mean())
    return Encoder(known, len(values), noise, _residual(errors, noise))


def components(products: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues (r,) and eigenvectors (k, r) of a matrix of inner products (k, k), but for those
    that are rounding.
    """
    values, vectors = np.linalg.eigh(products)
    kept = values > RANK * max(values[-1], np.finfo(np.float64).tiny)
    return values[kept], vectors[:, kept]


def _kept(values: Floats, energy: Floats, total: float, n: int) -> Floats:
    """What the best of PENALTIES keeps (r,) of each of the codes' components, s / (s + a), for
    eigenvalues (r,) along which codes have energies (r,) of that total.
    """
    if not len(values):
        return values
    penalties = PENALTIES[1:, None] * values[-1]
    kept = np.concatenate([np.zeros((1, len(values))), values / (values + penalties)])
    lost = 1 - kept
    lost[1:] = penalties / (values + penalties)
    freedom = lost.sum(1) + (n - 1 - len(values))
    errors = np.square(lost) @ energy + max(0.0, total - float(energy.sum()))
    best: Floats = kept[np.argmin(errors / np.square(freedom))]
    return best


def _residual(errors: Floats, noise: float) -> Floats | None:
    """Covariance of errors (n, d), shrunk."""
    n, d = errors.shape
    if n <= d:
        return None
    covariance: Floats = errors.T @ errors * ((1 - d / n) / n)
    covariance[np.diag_indices(d)] += d / n * noise
    return covariance
