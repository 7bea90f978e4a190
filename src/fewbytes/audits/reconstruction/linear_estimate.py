"""The linear minimum-mean-square estimate: the attacker knows the codec, and images of the kind.

    x' = m + C A (A'C A + N)^-1 (y - E y)

(Kay 1993, "Estimation Theory", equation 12.6) for coefficients y = x A + b + noise, pixels x a row.
The mean m and the covariance C come from known originals. So does the noise, which is what
quantizing adds: who has the codec can code these originals. It is taken to be without correlation
with the image and between coefficients, of variance N each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.affine import Affine
from fewbytes.audits.affine_map import AffineMap
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.reconstruction.least_squares import pseudo_inverse_of
from fewbytes.audits.reconstruction.ledoit_wolf import shrunk_covariance
from fewbytes.audits.reconstruction.rebuilt import Rebuilt, estimated


def linear_estimate(exposure: Exposure) -> Rebuilt:
    """The estimate. Raises InputError where the codec is not linear."""
    affine = exposure.affine

    def learn(known: slice) -> AffineMap:
        return estimator(exposure.pixels[known], exposure.values[known], affine)

    method = "linear minimum-mean-square estimate, covariance by Ledoit & Wolf 2004"
    return estimated(exposure, exposure.values, learn, method)


def estimator(
    pixels: NDArray[np.float32], values: NDArray[np.float32], affine: Affine
) -> AffineMap:
    """Coefficients (m, d) to pixels (m, p), from known originals (n, p) and their coefficients."""
    covariance = shrunk_covariance(pixels)
    cross = covariance @ affine.matrix
    noise = np.var(values - (pixels @ affine.matrix + affine.offset), axis=0, ddof=1)
    inner = affine.matrix.T @ cross
    inner[np.diag_indices(len(inner))] += noise
    centre = values.mean(0, dtype=np.float64)
    mean = pixels.mean(0, dtype=np.float64)
    return AffineMap(centre, None, pseudo_inverse_of(inner) @ cross.T, mean)
