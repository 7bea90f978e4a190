"""pca: the coordinates along the principal axes of the training images.

The axes are the leading eigenvectors of the covariance (Hotelling 1933), so that no other linear
transform of as many values decodes with a smaller mean square error. The mean image and the axes
(in half precision) are the state, and side information.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fewbytes.codecs import Signal, Transform, argument
from fewbytes.codecs.linear import product
from fewbytes.codecs.moments import LARGEST, moments, principal_axes
from fewbytes.types import Shape, State


@dataclass(frozen=True)
class PCA(Transform):
    """Keeps `components` coordinates: (...) -> (components,)."""

    name = "pca"
    learned = True
    linear = True

    components: int = argument("coordinates kept")

    def __post_init__(self) -> None:
        self.require(self.components >= 1, f"components must be at least 1, not {self.components}")

    def output_shape(self, shape: Shape) -> Shape:
        size = Signal(shape).size
        self.require(self.components <= size, f"{self.components} of only {size} values are asked")
        self.require(size <= LARGEST, f"{size} values an image are too many; downsample first")
        return (self.components,)

    def forward(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return product(x.flatten(1).float() - state["mean"], state["axes"].float())

    def statistic(self, x: torch.Tensor, signal: Signal, seed: int) -> State:
        return moments(x)

    def finish(self, total: State, signal: Signal, seed: int) -> State:
        axes = principal_axes(total, self.components)
        return {"mean": axes.mean.float(), "axes": axes.vectors.half()}

    def inverse(self, y: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        flat = product(y, state["axes"].float().T) + state["mean"]
        return flat.view(-1, *signal.shape)
