"""downsample: fewer pixels, by bilinear interpolation.

Pixel centres lie at half-integers, as in OpenCV, Pillow and torch. Without anti-aliasing each new
pixel mixes the four old ones around its centre; with it, the triangle filter is widened by the
scale, as Pillow does, so that every old pixel counts.

Decoding is the linear minimum-mean-square estimate under a separable covariance: with A the
interpolation along the rows, C the covariance of pixels along the rows over the training images,
the decoder along the rows is D = C A' (A C A')^-1 (Kay 1993, "Estimation Theory", equation 12.26),
and the same along the columns. The mean image, D for rows and D for columns are the state.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from fewbytes.codecs import Signal, Transform, argument, option
from fewbytes.codecs.linear import inverse_covariance, products, separable
from fewbytes.codecs.stage import as_size
from fewbytes.types import Shape, State


@dataclass(frozen=True)
class Downsample(Transform):
    """Shrinks pictures to `size`: (h, w, c) -> (*size, c)."""

    name = "downsample"
    learned = True
    linear = True
    spatial = True
    needs_picture = True
    produces = None

    size: tuple[int, int] = argument("rows x columns to shrink to")
    antialias: bool = option(False, "widen the filter by the scale, so that every pixel counts")

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", as_size(self.size, self.name))

    def output_shape(self, shape: Shape) -> Shape:
        fits = self.size[0] <= shape[0] and self.size[1] <= shape[1]
        self.require(
            fits,
            f"{self.size[0]}x{self.size[1]} is larger than the images, {shape[0]}x{shape[1]}",
        )
        return (*self.size, *shape[2:])

    def forward(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        rows, columns = self._filters(signal)
        low, high = signal.domain.bounds
        y = separable(x, rows.to(x.device), columns.to(x.device))
        return y.clamp_(low, high)  # weights sum to one, but only up to rounding

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        planes = x.float().movedim(3, 1)
        along_rows = planes.transpose(2, 3).reshape(-1, planes.shape[2])
        along_columns = planes.reshape(-1, planes.shape[3])
        return {
            "count": torch.tensor(float(len(x)), dtype=torch.float64),
            "sum": x.sum(0, dtype=torch.float64),
            "rows": products(along_rows, along_rows),
            "columns": products(along_columns, along_columns),
        }

    def finish(self, total: State, signal: Signal, seed: int) -> State:
        count = total["count"]
        mean = total["sum"] / count
        planes = mean.movedim(2, 0)
        mean_rows = torch.einsum("chw,ciw->hi", planes, planes)
        mean_columns = torch.einsum("chw,chj->wj", planes, planes)
        rows, columns = self._filters(signal)
        return {
            "mean": mean.float(),
            "rows": _decoder(total["rows"] / count - mean_rows, rows),
            "columns": _decoder(total["columns"] / count - mean_columns, columns),
        }

    def inverse(self, y: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        rows, columns = (f.to(y.device) for f in self._filters(signal))
        mean = state["mean"]
        around = y - separable(mean[None], rows, columns)
        return separable(around, state["rows"], state["columns"]) + mean

    def _filters(self, signal: Signal) -> tuple[torch.Tensor, torch.Tensor]:
        height, width = signal.shape[:2]
        return (
            interpolation(height, self.size[0], self.antialias),
            interpolation(width, self.size[1], self.antialias),
        )


@cache
def interpolation(n: int, size: int, antialias: bool) -> torch.Tensor:
    """Weights of n old pixels in each of `size` new ones: (size, n) float32, rows sum to one."""
    scale = n / size
    centres = (np.arange(size)[:, None] + 0.5) * scale - 0.5
    if not antialias:
        centres = centres.clip(0, n - 1)  # the border pixel goes on outside
    reach = scale if antialias else 1.0
    weights = np.maximum(0, 1 - np.abs(np.arange(n)[None, :] - centres) / reach)
    return torch.from_numpy((weights / weights.sum(1, keepdims=True)).astype(np.float32))


def _decoder(covariance: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
    """D = C A' (A C A')^-1, (n, size) float32."""
    a = a.double().to(covariance.device)
    return (covariance @ a.T @ inverse_covariance(a @ covariance @ a.T)).float()
