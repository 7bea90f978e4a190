"""The pseudo-inverse: the attacker knows the codec, and nothing of the images.

    x' = (y - b) A^+

for coefficients y = x A + b: of all images with these coefficients, that of the least norm (Penrose
1956, "On best approximate solutions of linear matrix equations", Proc. Camb. Phil. Soc. 52).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.affine import Affine
from fewbytes.audits.affine_map import AffineMap
from fewbytes.audits.exposure import Exposure
from fewbytes.audits.reconstruction.least_squares import pseudo_inverse_of
from fewbytes.audits.reconstruction.rebuilt import Rebuilt, estimated


def pseudo_inverse(exposure: Exposure) -> Rebuilt:
    """Images of least norm. Raises InputError where the codec is not linear."""
    found = inverse(exposure.affine)

    def learn(_: slice) -> Callable[[NDArray[Any]], NDArray[np.float64]]:
        return found

    method = "Moore-Penrose inverse of the codec's matrix"
    return estimated(exposure, exposure.values, learn, method)


def inverse(affine: Affine) -> AffineMap:
    """Coefficients (m, d) to pixels (m, p)."""
    a = affine.matrix
    few = a.shape[1] <= a.shape[0]
    inner = pseudo_inverse_of(a.T @ a if few else a @ a.T)
    weights = inner @ a.T if few else a.T @ inner
    return AffineMap(affine.offset, None, weights, np.zeros(len(a)))
