"""Images from codes: the linear minimum-mean-square estimate, with an encoder learned from pairs.

    x' = m + C P (P'C P + R)^-1 (y - b - P'm)

(Kay 1993, "Estimation Theory", equation 12.6) for codes y = P'x + b + errors of covariance R. Only
P, b and R come from known pairs; the mean m and covariance C of images come from images of the kind
without their codes, which are more easily had. So few pairs do what a regression of images on codes
would need many more for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fewbytes.audits.affine_map import AffineMap, Floats
from fewbytes.audits.keys.ridge import Encoder, Vectors, components

_LEAST = 1e-9
"""Error of a code value, at least, as a share of its mean variance: float32 is not exact."""


@dataclass(frozen=True)
class Prior:
    """What is known of images without their codes."""

    mean: Floats
    """(p,)."""
    factor: Floats
    """(r, p), whose product factor' @ factor is the covariance."""

    @classmethod
    def of(cls, images: Vectors) -> Prior:
        """From images (m, p), m at least 2."""
        mean = images.mean(0, dtype=np.float64)
        factor = (images - mean) / np.sqrt(len(images) - 1)
        if len(factor) > factor.shape[1]:
            values, vectors = components(factor.T @ factor)
            factor = np.sqrt(values)[:, None] * vectors.T
        return cls(mean, factor)


def linear_estimate(encoder: Encoder, prior: Prior) -> AffineMap:
    """The map from codes to images."""
    spread = encoder.map.linear(prior.factor)
    centre = encoder.map(prior.mean[None])[0]
    r, d = spread.shape
    noise = encoder.noise + _LEAST * float(np.square(spread).sum()) / d or 1.0
    if d > r and encoder.residual is None:
        # (G'G + a I)^-1 G' = G' (GG' + a I)^-1
        weights = np.linalg.solve(spread @ spread.T + noise * np.eye(r), prior.factor)
        return AffineMap(centre, spread.T, weights.astype(np.float64, copy=False), prior.mean)
    errors = noise * np.eye(d)
    if encoder.residual is not None:
        errors += encoder.residual - encoder.noise * np.eye(d)
    weights = np.linalg.solve(spread.T @ spread + errors, spread.T @ prior.factor)
    return AffineMap(centre, None, weights.astype(np.float64, copy=False), prior.mean)
