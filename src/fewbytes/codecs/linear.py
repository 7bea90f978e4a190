"""Matrix products whose every bit is the same wherever a record stands in its chunk.

Libraries multiply by a vector, or by very few columns, with kernels that sum in an order set by
the memory address of each row. Products with `LEAST` columns or more take the blocked kernels,
which do not, so narrower matrices are filled up with zeros.
"""

from __future__ import annotations

import torch
from torch.nn.functional import pad

LEAST = 16

ROUNDING = 1e-6
"""`products` are summed in float32: less than this share of the largest eigenvalue is rounding."""


def product(x: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """x @ matrix: (..., k) float32 times (k, m) float32."""
    columns = matrix.shape[1]
    if columns >= LEAST:
        return x @ matrix
    return (x @ pad(matrix, (0, LEAST - columns)))[..., :columns].contiguous()


def products(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """a' b of a chunk's rows: (n, k) and (n, m) float32 to (k, m) float64, precise to `ROUNDING` of
    the largest eigenvalue. (With few columns, other kernels lose a thousandth of a million rows.)
    """
    k, m = a.shape[1], b.shape[1]
    a, b = (pad(x, (0, max(0, LEAST - x.shape[1]))) for x in (a, b))
    return (a.T @ b)[:k, :m].double()


def inverse_covariance(covariance: torch.Tensor) -> torch.Tensor:
    """The pseudo-inverse of a covariance (k, k) float64, which bears values that never vary."""
    inverse: torch.Tensor = torch.linalg.pinv(covariance, rtol=ROUNDING, hermitian=True)
    return inverse


def separable(x: torch.Tensor, rows: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """y[n, i, j, c] = sum over h, w of rows[i, h] columns[j, w] x[n, h, w, c].

    Shapes: x (n, h, w, c), rows (i, h), columns (j, w); the result is (n, i, j, c) float32.
    """
    n, h, w, c = x.shape
    rows_filled = pad(rows, (0, 0, 0, max(0, LEAST - len(rows))))
    columns_filled = pad(columns, (0, 0, 0, max(0, LEAST - len(columns))))
    planes = x.permute(0, 3, 1, 2).float().reshape(n * c * h, w)
    y = rows_filled @ (planes @ columns_filled.T).view(n * c, h, -1)
    y = y[:, : len(rows), : len(columns)].reshape(n, c, len(rows), len(columns))
    return y.permute(0, 2, 3, 1).contiguous()
