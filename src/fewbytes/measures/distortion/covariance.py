"""The covariance of records along its principal axes: variances and fourth moments.

A covariance summed in float64 holds variances down to its rounding, about d eps of the largest of
its d. What lies lower, such as the directions that images of repeated pixels do not have, comes out
as rounding noise of either sign; here it is 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fewbytes.errors import InputError

LARGEST = 3072
"""Values of a record whose covariance is formed, those of 32x32 pixels of three colours: its axes
take some ten seconds of one processor, and the cube of that beyond."""

EXTREME = 1e60
"""The largest value of a record, and the inverse of the largest, that fourth powers leave finite
and above 0."""

_VALUES = 1 << 22
"""Float64 values of records held at a time: 32 MiB."""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Of n records along the axes of their covariance: `variances` (d,), descending, and
    `products` (d, d), the means of y_i^2 y_j^2 over the centred coordinates y.
    """

    variances: Vector
    products: Vector
    n: int
    carry: float = math.inf
    """Records that the variance of their energies |y|^2 rests on: n / kurtosis of the energies."""
    skewness: float = 0.0
    """Of the energies."""


def spectrum(records: NDArray[Any]) -> Vector:
    """Eigenvalues (d,) of the covariance of records (n, ...), descending, of n - 1 as divisor.

    The mean is taken off before anything is squared, block by block. What is below
    `rounding_floor` is 0.

    Raises:
        InputError: no two records, more than LARGEST values a record, NaN or infinite values, or
            values whose powers float64 does not hold (EXTREME).
    """
    flat = _flat(records)
    found = np.linalg.eigvalsh(_covariance(flat, _mean(flat)))
    return cleaned(np.asarray(found[::-1], dtype=np.float64))


def moments(records: NDArray[Any]) -> Moments:
    """What `gaussian_bound` needs of records (n, ...), to be found once for many codecs.

    The products come from float32; those of directions that drown in its rounding
    (`faint_below`) are taken to be a Gaussian's.

    Raises:
        InputError: as `spectrum`.
    """
    flat = _flat(records)
    mean = _mean(flat)
    values, axes = np.linalg.eigh(_covariance(flat, mean))
    variances = cleaned(np.asarray(values[::-1], dtype=np.float64))
    scale = float(variances[0]) or 1.0
    # float32, of a scale that it holds: they go into standard errors and corrections only
    axes = axes[:, ::-1].astype(np.float32)
    products, energies = np.zeros((len(values), len(values))), []
    for block in _blocks(flat):
        block -= mean
        block /= math.sqrt(scale)
        squares = np.square(block.astype(np.float32) @ axes)
        products += squares.T @ squares
        energies.append(squares.sum(1, dtype=np.float64))
    energy = np.concatenate(energies)
    energy = (energy - energy.mean()) / (energy.std() or 1.0)
    carry = float(len(flat) / np.mean(energy**4)) if energy.any() else math.inf
    products *= scale**2 / len(flat)
    faint = variances < faint_below(variances)
    gaussian = gaussian_products(variances)
    products[faint], products[:, faint] = gaussian[faint], gaussian[:, faint]
    return Moments(variances, products, len(flat), carry, float(np.mean(energy**3)))


def gaussian_products(variances: Vector) -> Vector:
    """The means (d, d) of y_i^2 y_j^2 over independent Gaussians of these variances (d,)."""
    products = np.outer(variances, variances)
    np.fill_diagonal(products, 3 * variances**2)
    return products


def rounding_floor(variances: Vector) -> float:
    """The variance below which a sampled covariance's eigenvalues are rounding: d eps max v."""
    return float(len(variances) * np.finfo(np.float64).eps * variances.max())


def faint_below(variances: Vector) -> float:
    """The variance that float32 products are 1 % wrong of: a coordinate y_i of a record is known to
    eps |y|, and the mean of |y|^2 is the sum of the variances.
    """
    return float(100 * float(np.finfo(np.float32).eps) ** 2 * variances.sum())


def cleaned(variances: Vector) -> Vector:
    """The same, with 0 for what is below `rounding_floor`, negative or not."""
    return np.where(variances < rounding_floor(variances), 0.0, variances).clip(0)


def _flat(records: NDArray[Any]) -> NDArray[Any]:
    try:
        found = np.asarray(records)
    except ValueError:
        raise InputError("records must be numbers (n, ...), all of one shape") from None
    if found.dtype.kind not in "uif" or found.ndim < 2 or len(found) < 2 or found.size == 0:
        raise InputError(
            f"records must be numbers (n, ...), 2 records or more, not {found.dtype} {found.shape}"
        )
    flat = found.reshape(len(found), -1)
    if flat.shape[1] > LARGEST:
        raise InputError(f"{flat.shape[1]} values a record; a covariance takes at most {LARGEST}")
    return flat


def _blocks(flat: NDArray[Any]) -> Iterator[Vector]:
    rows = max(1, _VALUES // flat.shape[1])
    for start in range(0, len(flat), rows):
        yield flat[start : start + rows].astype(np.float64)


def _mean(flat: NDArray[Any]) -> Vector:
    total, largest = np.zeros(flat.shape[1]), 0.0
    for block in _blocks(flat):
        high = float(np.abs(block).max())
        if not math.isfinite(high):
            raise InputError("records hold NaN or infinite values")
        largest = max(largest, high)
        if largest <= EXTREME:
            total += block.sum(0)
    if largest > EXTREME or 0 < largest < 1 / EXTREME:
        raise InputError(
            f"the largest value of the records is {largest:g}; "
            f"a covariance takes {1 / EXTREME:g} to {EXTREME:g}"
        )
    return total / len(flat)


def _covariance(flat: NDArray[Any], mean: Vector) -> Vector:
    total = np.zeros((len(mean), len(mean)))
    for block in _blocks(flat):
        block -= mean
        total += block.T @ block
    return total / (len(flat) - 1)
