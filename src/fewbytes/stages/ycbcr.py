"""ycbcr: red, green and blue to brightness and two differences of colour.

The full-range transform of JFIF (ITU-T T.871, section 7; the luma of ITU-R BT.601), its colour
differences left around 0 where files add 128:

    Y  = 0.299 R + 0.587 G + 0.114 B
    Cb = (B - Y) / 1.772
    Cr = (R - Y) / 1.402
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from fewbytes.codecs import Domain, Signal, Transform
from fewbytes.codecs.linear import product
from fewbytes.types import Shape, State

LUMA = np.array([0.299, 0.587, 0.114])
RED, BLUE = np.eye(3)[0], np.eye(3)[2]

FORWARD = np.stack([LUMA, (BLUE - LUMA) / 1.772, (RED - LUMA) / 1.402], axis=1)
"""(r, g, b) @ FORWARD = (y, cb, cr)."""


@dataclass(frozen=True)
class YCbCr(Transform):
    """RGB to brightness and two colour differences: (h, w, 3) -> (h, w, 3), invertible."""

    name = "ycbcr"
    lossy = False
    linear = True
    spatial = True
    needs_picture = True
    accepts = frozenset({Domain.PIXEL})

    def output_shape(self, shape: Shape) -> Shape:
        self.require(
            shape[2] == 3,
            f"it takes pictures of 3 channels, and these have {shape[2]}; leave it out for them",
        )
        return shape

    def forward(self, x: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return product(x.float(), _matrix(FORWARD, x.device))

    def inverse(self, y: torch.Tensor, signal: Signal, state: State) -> torch.Tensor:
        return product(y, _matrix(np.linalg.inv(FORWARD), y.device))


def _matrix(matrix: np.typing.NDArray[np.float64], device: torch.device) -> torch.Tensor:
    return torch.from_numpy(matrix.astype(np.float32)).to(device)
