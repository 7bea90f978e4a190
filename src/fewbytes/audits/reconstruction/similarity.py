"""SSIM as torch computes and differentiates it: as `fidelity.ssim` has it, image by image."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fewbytes.errors import InputError
from fewbytes.measures.distortion.fidelity import C1, C2, SIGMA, WINDOW
from fewbytes.types import Images

_VALUES = 1 << 17

Windows = tuple[Tensor, Tensor]
"""Weights of pixels in each window, (windows, pixels): down, and across."""


def similarities(originals: Images, images: Images) -> NDArray[np.float64]:
    """SSIM of each pair of images (n, h, w, c): (n,).

    Raises:
        InputError: images below 3 x 3 pixels.
    """
    windows = windows_of(originals.shape[1:3], torch.float64)
    rows = max(1, _VALUES // originals[0].size)
    found = [
        similarity(
            planes(originals[i : i + rows]).double(), planes(images[i : i + rows]).double(), windows
        )
        for i in range(0, len(originals), rows)
    ]
    each: NDArray[np.float64] = torch.cat(found).numpy()
    return each


def similarity(x: Tensor, y: Tensor, windows: Windows) -> Tensor:
    """SSIM of images (n, c, h, w) and (n, c, h, w) or (1, c, h, w), the mean over windows: (n,).

    Wang, Bovik, Sheikh & Simoncelli 2004, IEEE Trans. Image Process. 13(4), equation 13.
    """

    def blurred(z: Tensor) -> Tensor:
        return windows[0] @ z @ windows[1].T

    mean_x, mean_y = blurred(x), blurred(y)
    spread_x = blurred(x * x) - mean_x * mean_x
    spread_y = blurred(y * y) - mean_y * mean_y
    both = blurred(x * y) - mean_x * mean_y
    alike = (2 * mean_x * mean_y + C1) * (2 * both + C2)
    return (alike / ((mean_x**2 + mean_y**2 + C1) * (spread_x + spread_y + C2))).mean((1, 2, 3))


def windows_of(size: tuple[int, ...], dtype: torch.dtype) -> Windows:
    """The windows of images of `size`, rows and columns. Raises InputError below 3 x 3 pixels."""
    side = min(WINDOW, *size)
    side -= 1 - side % 2
    if side < 3:
        raise InputError(f"images of {size} pixels; SSIM needs 3 x 3 at least")
    sigma = SIGMA * side / WINDOW
    weights = torch.exp(-((torch.arange(side, dtype=dtype) - side // 2) ** 2) / (2 * sigma**2))
    weights /= weights.sum()
    down, across = (torch.zeros(n - side + 1, n, dtype=dtype) for n in size)
    for matrix in (down, across):
        for i, row in enumerate(matrix):
            row[i : i + side] = weights
    return down, across


def planes(images: Images) -> Tensor:
    """Images (n, h, w, c) as (n, c, h, w)."""
    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
