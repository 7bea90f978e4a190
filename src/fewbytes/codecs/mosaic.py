"""Many small pictures laid side by side in a few large ones.

A format's headers and tables are paid once for all pictures of a mosaic, and what its coder has
learned from one picture serves the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from fewbytes.types import Shape

MOST_PIXELS = 1 << 24
"""Pixels of one mosaic, unless a single picture has more."""


@dataclass(frozen=True)
class Grid:
    """`count` pictures of `cell` (height, width) in `rows` x `columns` cells, row after row; the
    last ones stay black.
    """

    count: int
    cell: tuple[int, int]
    rows: int
    columns: int

    def size(self, channels: int) -> Shape:
        """Shape of the mosaic: (height, width, channels)."""
        return (self.rows * self.cell[0], self.columns * self.cell[1], channels)


def plan(n: int, cell: tuple[int, int], largest: int) -> list[Grid]:
    """The mosaics, near square, that hold `n` pictures in cells of (height, width), none with a
    side of more than `largest` pixels. A function of its arguments alone, for ever: it is not
    stored.
    """
    height, width = cell
    fits = (largest // height) * (largest // width)
    most = max(1, min(fits, MOST_PIXELS // (height * width)))
    mosaics = -(-n // most)
    counts = [n * (i + 1) // mosaics - n * i // mosaics for i in range(mosaics)]
    return [_grid(count, cell, largest) for count in counts]


def tile(pictures: NDArray[np.uint8], grid: Grid) -> NDArray[np.uint8]:
    """Pictures (count, h, w, c), each filled up to its cell with its last row and column, as one:
    (rows * height, columns * width, c).
    """
    count, h, w, c = pictures.shape
    (height, width), cells = grid.cell, grid.rows * grid.columns
    filled = np.zeros((cells, height, width, c), np.uint8)
    margin = ((0, 0), (0, height - h), (0, width - w), (0, 0))
    filled[:count] = np.pad(pictures, margin, mode="edge")
    spread = filled.reshape(grid.rows, grid.columns, height, width, c)
    return spread.transpose(0, 2, 1, 3, 4).reshape(grid.size(c))


def cut(mosaic: NDArray[np.uint8], grid: Grid, shape: Shape) -> NDArray[np.uint8]:
    """The inverse of `tile`, for pictures of `shape` (h, w, c)."""
    h, w, c = shape
    (height, width), cells = grid.cell, grid.rows * grid.columns
    spread = mosaic.reshape(grid.rows, height, grid.columns, width, c).transpose(0, 2, 1, 3, 4)
    return spread.reshape(cells, height, width, c)[: grid.count, :h, :w]


def _grid(count: int, cell: tuple[int, int], largest: int) -> Grid:
    height, width = cell
    square = isqrt(max(0, count * height // width - 1)) + 1  # the root, rounded up
    columns = min(max(square, -(-count // (largest // height))), largest // width)
    rows = -(-count // columns)
    return Grid(count, cell, rows, -(-count // rows))
