"""Mean, covariance and principal axes of images, shared by the transforms that learn them."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fewbytes.codecs.linear import products
from fewbytes.types import State

LARGEST = 8192
"""Values per image whose covariance is still formed: 0.5 GiB in double precision."""


def moments(x: torch.Tensor) -> State:
    """What images (n, ...) contribute: their count, sum (d,), and sum of products (d, d)."""
    flat = x.flatten(1).float()
    return {
        "count": torch.tensor(float(len(x)), dtype=torch.float64),
        "sum": flat.sum(0, dtype=torch.float64),
        "products": products(flat, flat),
    }


@dataclass(frozen=True)
class Axes:
    """The leading eigenvectors of the covariance (Hotelling 1933), in double precision."""

    mean: torch.Tensor
    """(d,)."""
    covariance: torch.Tensor
    """(d, d)."""
    variances: torch.Tensor
    """Along each axis (k,), the largest first."""
    vectors: torch.Tensor
    """(d, k), the largest entry of each above 0."""


def principal_axes(total: State, count: int) -> Axes:
    """The `count` leading axes by the sum of `moments`."""
    mean = total["sum"] / total["count"]
    covariance = total["products"] / total["count"] - torch.outer(mean, mean)
    variances, vectors = torch.linalg.eigh(covariance)  # ascending
    axes = vectors[:, -count:].flip(1)
    signs = axes.gather(0, axes.abs().argmax(0, keepdim=True)).sign()
    return Axes(mean, covariance, variances[-count:].flip(0).clamp(min=0), axes * signs)
