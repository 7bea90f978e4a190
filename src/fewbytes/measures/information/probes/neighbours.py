"""Probes that count the labels of the nearest records.

Cover & Hart (1967), "Nearest neighbor pattern classification". Distances are Euclidean between the
values as they are: a code's own scales are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from fewbytes.measures.information.probes.contract import Family, Records, Scorer, Values

NEIGHBOURS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Numbers of neighbours to choose from; at most the square root of the fit records, times 4."""

_DISTANCES = 1 << 22
"""Distances held at a time: 16 MiB."""


@dataclass(frozen=True)
class NeighbourScorer(Scorer):
    """Fit records in random order, so that which of equally near ones come first is chance."""

    fitting: torch.Tensor
    """Flattened and centred, (n, d) float32."""
    centre: torch.Tensor
    labels: NDArray[np.int64]
    frequencies: NDArray[np.float64]
    k: int

    def scores(self, values: Values) -> NDArray[np.float64]:
        near = nearest(self.fitting, _flat(values) - self.centre, self.k)
        return _log_shares(self.labels[near], self.k, self.frequencies)


class Neighbours(Family):
    """Label frequencies among the k nearest fit records, one record's weight added by the
    frequencies of all; k by the loss on the choosing records.
    """

    name: ClassVar[str] = "knn"

    def fit(self, fitting: Records, choosing: Records, seed: int) -> Scorer:
        order = np.random.default_rng(seed).permutation(len(fitting))
        values, labels = _flat(fitting.values[order]), fitting.labels[order]
        centre = values.mean(0)
        values -= centre
        most = min(len(fitting), max(1, round(4 * len(fitting) ** 0.5)))
        grid = [k for k in NEIGHBOURS if k <= most]
        near = labels[nearest(values, _flat(choosing.values) - centre, grid[-1])]
        rows = np.arange(len(choosing))
        losses = [
            -_log_shares(near, k, fitting.frequencies)[rows, choosing.labels].sum() for k in grid
        ]  # fmt: skip
        return NeighbourScorer(
            values, centre, labels, fitting.frequencies, grid[int(np.argmin(losses))]
        )


def nearest(records: torch.Tensor, queries: torch.Tensor, k: int) -> NDArray[np.int64]:
    """Row numbers (m, k) of the k records (n, d) nearest to each query (m, d), nearest first."""
    squares = records.square().sum(1)
    found = []
    for part in torch.split(queries, max(1, _DISTANCES // len(records))):
        distances = torch.addmm(squares, part, records.T, alpha=-2)
        found.append(distances.topk(k, largest=False).indices)
    return torch.cat(found).numpy()


def _log_shares(
    near: NDArray[np.int64], k: int, frequencies: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Logarithms (m, classes) of the smoothed label shares among each row's first k."""
    m, classes = len(near), len(frequencies)
    cells = near[:, :k] + classes * np.arange(m)[:, None]
    counts = np.bincount(cells.ravel(), minlength=m * classes).reshape(m, classes)
    return np.asarray(np.log((counts + frequencies) / (k + 1)))


def _flat(values: Values) -> torch.Tensor:
    return torch.from_numpy(values.reshape(len(values), -1).astype(np.float32))
