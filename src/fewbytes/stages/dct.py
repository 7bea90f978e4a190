"""dct: the low-frequency corner of the two-dimensional discrete cosine transform.

The orthonormal DCT-II of Ahmed, Natarajan and Rao (1974, "Discrete Cosine Transform", equation 1),
over the whole picture, each channel on its own:

    y[u] = s(u) sum_i x[i] cos(pi (2 i + 1) u / 2 N),   s(0) = sqrt(1/N), s(u > 0) = sqrt(2/N)

The basis is orthonormal, so the inverse with the dropped coefficients set to zero is the picture
nearest to the original that the kept ones allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from fewbytes.codecs import Signal, Transform, argument
from fewbytes.codecs.linear import separable
from fewbytes.codecs.stage import as_size
from fewbytes.types import Shape, State


@dataclass(frozen=True)
class DCT(Transform):
    """Keeps the `size` lowest vertical x horizontal frequencies: (h, w, c) -> (*size, c)."""

    name = "dct"
    linear = True
    needs_picture = True

    size: tuple[int, int] = argument("frequencies kept, vertical x horizontal")

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", as_size(self.size, self.name))

    def output_shape(self, shape: Shape) -> Shape:
        fits = self.size[0] <= shape[0] and self.size[1] <= shape[1]
        self.require(
            fits,
            f"{self.size[0]}x{self.size[1]} frequencies are more than images of "
            f"{shape[0]}x{shape[1]} have",
        )
        return (*self.size, *shape[2:])

    def forward(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        rows, columns = self._bases(signal, x.device)
        return separable(x, rows, columns)

    def inverse(self, y: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        rows, columns = self._bases(signal, y.device)
        return separable(y, rows.T, columns.T)

    def _bases(self, signal: Signal, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
        height, width = signal.shape[:2]
        return basis(height, self.size[0]).to(device), basis(width, self.size[1]).to(device)


@cache
def basis(n: int, keep: int) -> torch.Tensor:
    """The first `keep` rows of the orthonormal DCT-II matrix of size n: (keep, n) float32."""
    u, i = np.arange(keep)[:, None], np.arange(n)[None, :]
    matrix = np.sqrt(2 / n) * np.cos(np.pi * (2 * i + 1) * u / (2 * n))
    matrix[0] /= np.sqrt(2)
    return torch.from_numpy(matrix.astype(np.float32))
