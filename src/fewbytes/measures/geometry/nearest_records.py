"""The ten nearest records of each, exactly, from candidates that matrix products find."""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.spatial.distance import cdist

NEIGHBOURS = 10
"""For maximum likelihood; Levina & Bickel start there, and fewer stay closer to the surface."""

CLEAR = {torch.float32: 1e-4, torch.float64: 1e-12}
"""Least squared distance, of the squared norm, that products of that precision can tell."""

_DISTANCES = 1 << 22
"""Held at a time: 16 MiB."""


def nearest_records(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances to the ten nearest others (n, 10), ascending and exact, and which they are, of
    points (n, d), n above 10.
    """
    exact = points.astype(np.float64)
    exact -= np.median(exact, axis=0)  # one far record would move the mean far from all others
    rows, more = max(1, _DISTANCES // len(points)), min(len(points) - 1, NEIGHBOURS + 6)
    distances = np.empty((len(points), NEIGHBOURS))
    nearest = np.empty((len(points), NEIGHBOURS), dtype=np.int64)
    forms = _forms(exact)
    for start in range(0, len(points), rows):
        here = np.arange(start, min(start + rows, len(points)))
        close = _candidates(exact, forms, here, more)
        for i, candidates in zip(here, close, strict=True):
            apart = np.square(exact[candidates] - exact[i]).sum(1)
            order = np.argsort(apart)[:NEIGHBOURS]
            distances[i], nearest[i] = np.sqrt(apart[order]), candidates[order]
    return distances, nearest


def _forms(exact: np.ndarray) -> list[torch.Tensor]:
    """The points in single precision, where their squares fit, and in double."""
    double = torch.from_numpy(exact)
    scale = float(np.median(np.abs(exact).max(1))) or 1.0
    scaled = double / scale
    fits = float(scaled.abs().max()) < 1e15
    return [scaled.float(), double] if fits else [double]


def _candidates(
    exact: np.ndarray, forms: list[torch.Tensor], here: np.ndarray, more: int
) -> np.ndarray:
    """Indices of the `more` nearest (len(here), more), about; in the least precision that tells."""
    found = np.empty((len(here), more), dtype=np.int64)
    left = np.arange(len(here))
    for form in forms:
        index, clear = _closest(form, torch.from_numpy(here[left]), more)
        found[left] = index
        left = left[~clear]
        if len(left) == 0:
            return found
    apart = cdist(exact[here[left]], exact, "sqeuclidean")
    apart[np.arange(len(left)), here[left]] = math.inf
    found[left] = np.argpartition(apart, more - 1, axis=1)[:, :more]
    return found


def _closest(points: torch.Tensor, own: torch.Tensor, more: int) -> tuple[np.ndarray, np.ndarray]:
    """Those indices, and of which records the distances are long enough for rounding not to matter.

    Rounding goes by a record's own norm and that of its neighbours, and no record much farther out
    can seem near.
    """
    norms = points.square().sum(1)
    apart = torch.addmm(norms[None], points[own], points.T, alpha=-2)
    apart[torch.arange(len(own)), own] = math.inf
    least, index = apart.topk(more, dim=1, largest=False)
    clear = least[:, -1] + norms[own] > CLEAR[points.dtype] * norms[own]
    return index.numpy(), clear.numpy()
