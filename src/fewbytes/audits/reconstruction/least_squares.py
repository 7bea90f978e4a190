"""Least squares: ridge regression with its strength chosen by leaving pairs out, and the
pseudo-inverse that both linear attacks on a known codec need.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.affine_map import AffineMap, Floats

STRENGTHS = np.geomspace(1e2, 1e-9, 23)
"""Of the penalty, in shares of the largest eigenvalue: from the mean alone to next to none."""

LEFT_OUT = 400
"""Pairs, at most, that are left out in turn. The mean over all would hardly differ."""


def ridge(inputs: NDArray[Any], outputs: NDArray[Any]) -> AffineMap:
    """Ridge regression of outputs (n, p) on inputs (n, d), n at least 3, both centred:

        W = (Z'Z + k I)^-1 Z'X

    (Hoerl & Kennard 1970, Technometrics 12), k the strength with the least error of pairs that are
    left out (Allen 1974, Technometrics 16): |x_i - z_i W| / (1 - h_i), h the leverage. Generalized
    cross-validation, with the mean leverage for h_i, is misled by codes that are nearly alike. One
    eigendecomposition, of Z'Z or of the smaller ZZ', serves all k.
    """
    z, x = np.array(inputs, np.float64), np.array(outputs, np.float64)
    centre, mean = z.mean(0), x.mean(0)
    z -= centre
    x -= mean
    few, some = len(z) <= z.shape[1], slice(None, None, -(-len(z) // LEFT_OUT))
    values, vectors = _spectrum(z @ z.T if few else z.T @ z)
    along = vectors.T @ (x if few else z.T @ x)
    scores = vectors[some] if few else z[some] @ vectors / np.sqrt(values)
    outputs_along = along if few else along / np.sqrt(values)[:, None]
    strength = _strength(values, scores, outputs_along, x[some], 1 - 1 / len(z))
    shrunk = vectors @ (along / (values + strength)[:, None])
    return AffineMap(centre, z.T if few else None, shrunk, mean)


def pseudo_inverse_of(gram: Floats) -> Floats:
    """The Moore-Penrose inverse of a symmetric matrix (d, d) without negative eigenvalues."""
    values, vectors = _spectrum(gram)
    inverse: Floats = (vectors / values) @ vectors.T
    return inverse


def principal_axes(centred: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues (r,) of Z'Z above rounding, ascending, and their eigenvectors (d, r), of records
    `centred` (n, d).
    """
    return _spectrum(centred.T @ centred)


def _spectrum(gram: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues (r,) above rounding, and their eigenvectors (d, r)."""
    values, vectors = np.linalg.eigh(gram)
    kept = values > len(values) * np.finfo(np.float64).eps * max(0.0, float(values[-1]))
    return values[kept], vectors[:, kept]


def _strength(values: Floats, scores: Floats, along: Floats, outputs: Floats, most: float) -> float:
    """The penalty of least error of outputs (m, p) that are left out. `scores` (m, r) are their
    inputs in the orthonormal basis of the eigenvalues (r,), `along` (r, p) all outputs in it, and
    `most` is 1 - h of a pair whose inputs are the mean. Of equals, the strongest.
    """
    if not len(values):
        return 1.0
    errors = []
    for strength in (strengths := STRENGTHS * values[-1]):
        shares = values / (values + strength)
        free = most - np.square(scores) @ shares
        apart = outputs - (scores * shares) @ along
        errors.append(float(np.mean(np.square(apart).sum(1) / np.square(free.clip(1e-12)))))
    return float(strengths[int(np.argmin(errors))])
