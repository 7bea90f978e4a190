"""Arrays as vectors, one a record."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fewbytes.errors import InputError


def as_vectors(array: ArrayLike, what: str) -> NDArray[Any]:
    """Numbers (n, ...) as (n, d), of their own type and without a copy where that can be; `what`
    they are stands in errors.

    Raises:
        InputError: no records, none of their values, no real numbers, NaN or infinite ones.
    """
    found = np.asarray(array)
    if found.dtype.kind not in "buif":
        raise InputError(f"{what} are {found.dtype}, not numbers")
    if found.ndim == 0 or found.size == 0:
        raise InputError(f"{what} are empty: their shape is {found.shape}")
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        raise InputError(f"{what} hold NaN or infinite numbers")
    return found.reshape(len(found), -1)
