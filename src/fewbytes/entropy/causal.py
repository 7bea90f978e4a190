"""Which positions of a code a prediction may look at: the nearest of those that come earlier."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fewbytes.types import Shape

Indices = NDArray[np.int64]

CHANNEL_DISTANCE = 0.5
"""How far apart neighbouring channels of one pixel are, in pixels."""


@dataclass(frozen=True)
class Causal:
    """Positions of a code in the order of coding (rows, columns, channels), with the `neighbours`
    nearest earlier places of each. A code without rows and columns is one row.
    """

    shape: Shape
    neighbours: int

    @property
    def grid(self) -> tuple[int, int, int]:
        """(rows, columns, channels)."""
        if len(self.shape) == 3:
            return self.shape
        return 1, int(np.prod(self.shape)), 1

    @property
    def places(self) -> Indices:
        """Row, column and channel of each position, (positions, 3)."""
        return np.stack(np.unravel_index(np.arange(np.prod(self.grid)), self.grid), 1)

    @property
    def offsets(self) -> Indices:
        """The neighbours' places relative to a position's own, nearest first, (neighbours, 3)."""
        return _offsets(self.grid, self.neighbours)

    def table(self) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Positions of the neighbours (positions, neighbours), and which of them lie outside the
        picture; their positions are 0.
        """
        places, offsets = self.places, self.offsets
        positions = np.zeros((len(places), len(offsets)), np.int32)
        outside = np.zeros(positions.shape, np.bool_)
        for column, offset in enumerate(offsets):
            found = places + offset
            outside[:, column] = np.any((found < 0) | (found >= self.grid), axis=-1)
            found[outside[:, column]] = 0
            positions[:, column] = np.ravel_multi_index(tuple(found.T), self.grid)
        return positions, outside


@cache
def _offsets(grid: tuple[int, int, int], count: int) -> Indices:
    reach = int(np.ceil(np.sqrt(count))) + 1
    # where some axes are short, the others must give all the neighbours
    rows = min(max(reach, count // (grid[1] * grid[2])), grid[0] - 1)
    columns = min(max(reach, count // (grid[0] * grid[2])), grid[1] - 1)
    channels = min(max(2 * reach, count // (grid[0] * grid[1])), grid[2] - 1)
    spans = (
        np.arange(-rows, 1),
        np.arange(-columns, columns + 1),
        np.arange(-channels, channels + 1),
    )
    every = np.stack(np.meshgrid(*spans, indexing="ij"), -1).reshape(-1, 3)
    strides = np.array([1 << 40, 1 << 20, 1])
    earlier = every[(every * strides).sum(1) < 0]
    distance = (earlier**2 * [1, 1, CHANNEL_DISTANCE**2]).sum(1)
    nearest: Indices = earlier[np.argsort(distance, kind="stable")[:count]]
    return nearest
