"""identity: the pixels as they are."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fewbytes.codecs import Signal, Transform
from fewbytes.types import Shape, State


@dataclass(frozen=True)
class Identity(Transform):
    """Passes everything through: the reference that every codec is compared with."""

    name = "identity"
    lossy = False
    linear = True
    spatial = True
    produces = None

    def output_shape(self, shape: Shape) -> Shape:
        return shape

    def forward(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return x

    def inverse(self, y: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return y
