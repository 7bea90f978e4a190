"""Arrays as vectors, one a record."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fewbytes.errors import InputError

LARGEST = 1e100
"""Of a magnitude: squares of more, and of less than one part of this, leave double precision."""


def as_vectors(array: ArrayLike, what: str) -> NDArray[Any]:
    """Numbers (n, ...) as (n, d), of their own type and without a copy where that can be; `what`
    they are stands in errors.

    Raises:
        InputError: no records, none of their values, ragged ones, no real numbers, NaN or infinite
            ones, or a largest magnitude above 1e100, or below 1e-100 but not zero.
    """
    try:
        found = np.asarray(array)
    except (ValueError, TypeError) as error:
        raise InputError(f"{what} are no array of numbers: their lengths differ") from error
    if found.dtype.kind not in "buif":
        raise InputError(f"{what} are {found.dtype}, not numbers")
    if found.ndim == 0 or found.size == 0:
        raise InputError(f"{what} are empty: their shape is {found.shape}")
    if found.dtype.kind == "f":
        largest = float(max(abs(found.min()), abs(found.max())))  # NaN where any is
        if not np.isfinite(largest):
            raise InputError(f"{what} hold NaN or infinite numbers")
        if largest > LARGEST or 0 < largest < 1 / LARGEST:
            raise InputError(f"{what} reach {largest:.3g}; squares need 1e-100 to 1e100 (or zero)")
    return found.reshape(len(found), -1)


def rounding(dtype: np.dtype[Any]) -> float:
    """The relative step of numbers of a type; 0 of integers, which are exact."""
    return float(np.finfo(dtype).eps) if dtype.kind == "f" else 0.0


def checked_seed(seed: int) -> int:
    """A seed that NumPy and torch both take.

    Raises:
        InputError: it is negative, or above 63 bits.
    """
    if not 0 <= seed < 1 << 63:
        raise InputError(f"a seed of {seed}; it has to be 0 to 2^63 - 1")
    return seed
