"""The transforms of a linear codec as one matrix, found by coding single pixels."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from fewbytes.codecs import FittedCodec
from fewbytes.errors import InputError

LARGEST = 4096
"""Values of an image whose matrix is formed."""

_AT_ONCE = 256


@dataclass(frozen=True)
class Affine:
    """Coefficients y = x @ matrix + offset of pixels x (n, pixels), before they are quantized."""

    matrix: NDArray[np.float64]
    """(pixels, coefficients)."""
    offset: NDArray[np.float64]
    """(coefficients,)."""


def affine_of(fitted: FittedCodec) -> Affine:
    """The affine map of a codec whose transforms all are linear.

    Raises:
        InputError: one is not, or images have more than LARGEST values.
    """
    for transform in fitted.codec.transforms:
        if not transform.linear:
            raise InputError(f"{transform.name} is not linear")
    pixels = prod(fitted.image_shape)
    if pixels > LARGEST:
        raise InputError(f"images of {pixels:,} values; the matrix is formed up to {LARGEST:,}")
    black = np.zeros((1, *fitted.image_shape), np.uint8)
    offset = fitted.transform(black).reshape(-1).astype(np.float64)
    matrix = np.empty((pixels, len(offset)))
    for start in range(0, pixels, _AT_ONCE):
        rows = np.arange(start, min(start + _AT_ONCE, pixels))
        lit = np.zeros((len(rows), pixels), np.uint8)
        lit[np.arange(len(rows)), rows] = 255
        found = fitted.transform(lit.reshape(-1, *fitted.image_shape))
        matrix[rows] = (found.reshape(len(rows), -1) - offset) / 255
    return Affine(matrix, offset)
