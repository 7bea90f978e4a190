"""An affine map from known pairs, exactly: what it takes to learn a secret matrix.

The matrix P (p x d) of codes y = x P holds p unknown numbers for each of the d code values, and n
pairs give n equations for each. So it is the number p of pixels that counts, never d:

    p independent images fix P on all of R^p; p + 1, affinely independent, where an unknown offset
    is added to the codes; with fewer, nothing is known of images outside their span.

Images of a kind span less than R^p. Where that span has r dimensions, r independent pairs foretell
the codes of all images in it. A keyed permutation of p pixels is such a P, with p = d; that its
entries are 0 and 1 lets a single image of distinct values do: see permutation.py.

The way back is another matter. Codes give images of the span exactly only where P is injective on
it, which takes d >= r; where d < r the best that pairs can give is an estimate.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.audits.affine import Affine
from fewbytes.errors import InputError


def recover(images: NDArray[Any], codes: NDArray[Any], *, offset: bool = True) -> Affine:
    """The map codes = images @ matrix + offset of least norm that fits the pairs best.

    `images` (n, p) and `codes` (n, d), any numbers. With `offset=False` the offset is taken to be
    zero. The map is exact on the (affine) span of the images, if codes follow one without noise.

    Raises:
        InputError: not as many images as codes, none of them, or a number that is not finite.
    """
    x, y = np.asarray(images, np.float64), np.asarray(codes, np.float64)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or not len(x):
        raise InputError(f"images {x.shape} and codes {y.shape} are not pairs of vectors")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("images or codes hold NaN or infinite values")
    mean_x, mean_y = (x.mean(0), y.mean(0)) if offset else (0 * x[0], 0 * y[0])
    matrix = np.linalg.lstsq(x - mean_x, y - mean_y, rcond=None)[0].astype(np.float64)
    return Affine(matrix, mean_y - mean_x @ matrix)
